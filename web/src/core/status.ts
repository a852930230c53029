import { reactive, shallowRef } from 'vue'
import type { Waiting } from './local'
import type { SocketState } from './socket'

/** How this device stands with the server, for screens to say. */
export const status = reactive<{ socket: SocketState; level: boolean; lasting: boolean; keeping: boolean; outdated: boolean; renewable: boolean }>({
  socket: 'off',
  level: false,
  /** False: this browser keeps nothing, and what waits is gone with the page. */
  lasting: true,
  /** False: the device does not take what comes right now; it is shown, and stored by a later try. */
  keeping: true,
  /** The server will not talk to a client this old. */
  outdated: false,
  /** A newer client is on the device and waits for the next start. */
  renewable: false,
})

/** What has been written here and not been answered or shown yet, oldest first. */
export const waiting = shallowRef<readonly Waiting[]>([])
