import type { Parcel } from '../../core/local'
import { newNonce } from '../../core/nonce'
import { posterOf } from './films'

/** The server takes no more. */
export const MOST_BYTES = 2 * 1024 ** 3
/** What it shows as a film; everything else goes as a file. */
const FILMS = /^video\/(mp4|webm|quicktime)$/

/** A file made ready to be sent: what is said of it, and its bytes. */
export interface Wrapped {
  parcel: Parcel
  bytes: Blob
}

/** Any file as it is; a film with a picture to show before it plays, as far as this device can read it. */
export async function wrap(file: File): Promise<Wrapped> {
  const parcel: Parcel = { key: newNonce(), name: file.name || 'file', size: file.size, type: file.type }
  if (FILMS.test(file.type)) {
    const film = await posterOf(file).catch(() => null)
    if (film) Object.assign(parcel, { kind: 'video', ...film })
  } else if (file.type.startsWith('image/')) parcel.kind = 'file'
  return { parcel, bytes: file }
}

export function wrapVoice(bytes: Blob, duration: number, wave: string): Wrapped {
  const type = bytes.type.split(';')[0] ?? ''
  const parcel: Parcel = { key: newNonce(), name: `voice.${type.endsWith('mp4') ? 'm4a' : 'webm'}`, size: bytes.size, type, kind: 'voice', duration_ms: duration, wave }
  return { parcel, bytes }
}
