import { ref } from 'vue'
import { openEngine, startEngine } from '../core/engine'
import { leave } from '../core/leaving'
import { refresh, session } from '../core/session'
import { language } from '../kit/i18n'
import { features, reducers } from './features'

/** True once the device's store is open and the engine runs: screens may ask for what is kept. */
export const running = ref(false)

let started = false

export async function run(): Promise<void> {
  if (started || !session.me) return
  started = true
  await openEngine(session.me.person.id, {
    reducers,
    language,
    ended: () => void leave(true, 'ended'),
    leftElsewhere: () => void leave(false),
  })
  for (const feature of features) feature.start?.()
  running.value = true
  await startEngine()
  // Nothing is to be heard before the first painting.
  void import('./ringing').then(({ startRinging }) => startRinging())
  // Rights and positions may have changed since this device last heard.
  void refresh().catch(() => undefined)
}
