import type { Entry, EntryBodies } from '../wire'
import type { Waiting } from './local'
import type { Outbox } from './outbox'
import { serverNow } from './clock'

const MOST = 500

/**
 * *Delivered* is said by the device, for what it has stored: the receipt is written down in the same transaction as
 * the notice, so that neither exists without the other.
 */
export function receiptsOwed(entries: Entry[], outbox: Pick<Outbox, 'prepare'>): Waiting[] {
  const notices = entries
    .filter((entry) => entry.kind === 'notice.published')
    .map((entry) => (entry.body as unknown as EntryBodies['notice.published']).notice)
  const owed: Waiting[] = []
  for (let at = 0; at < notices.length; at += MOST) {
    const body = { notices: notices.slice(at, at + MOST), device_at: serverNow() }
    owed.push(outbox.prepare({ operation: 'notices.receive', body, lane: 'notices.receive' }))
  }
  return owed
}
