import type { OperationName, Operations } from '../wire'
import { ask } from './api'
import { upload } from './http'
import type { Local, Waiting } from './local'
import { Refusal } from './refusal'
import { bring } from './uploading'

/** Bytes that a browser has thrown away cannot be sent. */
const LOST = 'bytes_lost'
const AT_ONCE = 2

const running = new Map<string, AbortController>()
let under = 0
const queue: (() => void)[] = []

/** Brings the files of an item to the server, two items at once, each from where an earlier try came to. */
export async function bringFiles(item: Waiting, local: Pick<Local, 'bytes' | 'setWaiting'>): Promise<Waiting> {
  const giveUp = new AbortController()
  running.set(item.nonce, giveUp)
  if (under >= AT_ONCE) await new Promise<void>((go) => queue.push(go))
  under++
  const parcels = item.parcels!.map((parcel) => ({ ...parcel }))
  try {
    if (giveUp.signal.aborted) throw Refusal.offline()
    for (const parcel of parcels) {
      if (parcel.file) continue
      const bytes = await local.bytes(parcel.key)
      if (!bytes) throw new Refusal({ code: LOST }, 410)
      if (parcel.poster) parcel.poster.file ??= (await upload(parcel.poster.blob, parcel.poster.name)).file
      parcel.file = await bring(parcel, bytes, parcel.poster?.file ?? null, giveUp.signal)
      if (!giveUp.signal.aborted) await local.setWaiting({ ...item, parcels }).catch(() => undefined)
    }
    return { ...item, parcels }
  } finally {
    running.delete(item.nonce)
    under--
    queue.shift()?.()
  }
}

/** The item was taken back: what is on its way is stopped. */
export function stopBringing(nonce: string): void {
  running.get(nonce)?.abort()
}

/** Carries one kept write out: pictures first, then the operation, always with the nonce it was kept under. */
export async function carry(item: Waiting, keep: (item: Waiting) => Promise<void>): Promise<unknown> {
  const body = { ...item.body }
  if (item.pictures?.length) {
    for (const picture of item.pictures) {
      if (picture.file) continue
      picture.file = (await upload(picture.blob, picture.name)).file
      await keep(item)
    }
    body.pictures = item.pictures.map((picture) => picture.file!.id)
  }
  if (item.parcels?.length) body.files = item.parcels.map((parcel) => parcel.file!.id)
  const operation = item.operation as OperationName
  return ask(operation, body as Operations[OperationName]['ask'], { nonce: item.nonce })
}
