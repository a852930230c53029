import type { OperationName, Operations } from '../wire'
import { ask } from './api'
import { upload } from './http'
import type { Local, Waiting } from './local'
import { Refusal } from './refusal'
import { bring, progress } from './uploading'

/** Bytes that a browser has thrown away cannot be sent. */
export const LOST = 'bytes_lost'
const AT_ONCE = 2
/** Up to this size an item need not wait behind films. */
const SMALL = 2 * 1024 * 1024
const TAKEN_BACK = 'taken_back'

const running = new Map<string, AbortController>()
const slots = { small: turns(AT_ONCE), large: turns(AT_ONCE) }

/** Brings the files of an item to the server, two small and two large items at once, each from where an earlier try came to. */
export async function bringFiles(item: Waiting, local: Pick<Local, 'bytes' | 'noteWaiting'>): Promise<Waiting> {
  const giveUp = new AbortController()
  running.set(item.nonce, giveUp)
  const parcels = item.parcels!.map((parcel) => ({ ...parcel }))
  const slot = parcels.reduce((sum, { size }) => sum + size, 0) <= SMALL ? slots.small : slots.large
  await slot.take()
  try {
    if (giveUp.signal.aborted) throw Refusal.offline()
    for (const parcel of parcels) {
      if (parcel.file) continue
      const bytes = await local.bytes(parcel.key)
      if (!bytes) throw new Refusal({ code: LOST }, 410)
      if (parcel.poster && !parcel.poster.file) {
        parcel.poster.file = (await upload(parcel.poster.blob, parcel.poster.name)).file
        // Its bytes are announced with this picture; after a reload it must be the same one.
        await noted({ ...item, parcels }, local)
      }
      parcel.file = await bring(parcel, bytes, parcel.poster?.file ?? null, giveUp.signal)
      await noted({ ...item, parcels }, local)
    }
    return { ...item, parcels }
  } finally {
    running.delete(item.nonce)
    // Not one by one: what has come stands there as come while the others are on their way.
    for (const { key } of parcels) progress.delete(key)
    slot.give()
  }
}

/** The item was taken back: what is on its way is stopped. */
export function stopBringing(nonce: string): void {
  running.get(nonce)?.abort()
}

/** Carries one kept write out: pictures first, then the operation, always with the nonce it was kept under. */
export async function carry(item: Waiting, local: Pick<Local, 'noteWaiting'>): Promise<unknown> {
  const body = { ...item.body }
  if (item.pictures?.length) {
    for (const picture of item.pictures) {
      if (picture.file) continue
      picture.file = (await upload(picture.blob, picture.name)).file
      // Not noted as there, it is sent once more after a reload; that is all.
      await noted(item, local)
    }
    body.pictures = item.pictures.map((picture) => picture.file!.id)
  }
  if (item.parcels?.length) body.files = item.parcels.map((parcel) => parcel.file!.id)
  const operation = item.operation as OperationName
  return ask(operation, body as Operations[OperationName]['ask'], { nonce: item.nonce })
}

/** So many at once; the others wait, first come first served. */
function turns(free: number): { take(): Promise<void>; give(): void } {
  const queue: (() => void)[] = []
  return {
    async take() {
      if (free > 0) free--
      else await new Promise<void>((go) => queue.push(go))
    },
    give() {
      const next = queue.shift()
      if (next) next()
      else free++
    },
  }
}

/** Writes down how far the item came, and stops where it is here no more. */
async function noted(item: Waiting, local: Pick<Local, 'noteWaiting'>): Promise<void> {
  const here = await local.noteWaiting(item).catch(() => true)
  if (!here) throw new Refusal({ code: TAKEN_BACK }, 410)
}
