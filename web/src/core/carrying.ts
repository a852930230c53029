import type { OperationName, Operations } from '../wire'
import { ask } from './api'
import { upload } from './http'
import type { Waiting } from './local'

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
  const operation = item.operation as OperationName
  return ask(operation, body as Operations[OperationName]['ask'], { nonce: item.nonce })
}
