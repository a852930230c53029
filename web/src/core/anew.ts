import type { Waiting } from './local'
import { newNonce } from './nonce'

/** With these, what was brought or announced is of no use. */
const USELESS: ReadonlySet<string> = new Set(['file_gone', 'idempotency_conflict'])

/**
 * A refused item as it is sent again. Its bytes are on this device as long as the item is; the server is told of them as
 * if for the first time.
 */
export function anew(old: Waiting): Waiting {
  if (!USELESS.has(old.refusal?.code ?? '')) return old
  const pictures = old.pictures?.map((picture) => ({ ...picture, file: undefined }))
  const parcels = old.parcels?.map(({ poster, ...parcel }) => {
    const rest = { ...parcel, file: undefined, nonce: newNonce() }
    return poster ? { ...rest, poster: { ...poster, file: undefined } } : rest
  })
  return { ...old, pictures, parcels }
}
