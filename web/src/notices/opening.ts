import { ask } from '../core/api'
import { local } from '../core/engine'
import { Refusal } from '../core/refusal'
import type { EntryBodies, Notice } from '../wire'
import { published } from './folding'

const key = (notice: number): string => `notice.${notice}`

/** What this device has of a notice: as it was opened last, else as it came. Enough to read and confirm offline. */
export async function keptNotice(notice: number): Promise<Notice | null> {
  const kept = await local().value<Notice>(key(notice))
  if (kept) return kept
  const entries = await local().between(`notice:${notice}`, 0, Number.MAX_SAFE_INTEGER)
  const entry = entries.find((one) => one.kind === 'notice.published')
  if (!entry) return null
  const body = entry.body as unknown as EntryBodies['notice.published']
  return { brief: published(entry), text: body.text, html: '', files: body.files }
}

/** The notice as the server has it now. Null when it is not there, or not for me. */
export async function freshNotice(notice: number): Promise<Notice | null> {
  try {
    const fresh = await ask('notices.open', { notice })
    void local().setValue(key(notice), fresh)
    return fresh
  } catch (error) {
    if (error instanceof Refusal && (error.status === 404 || error.code === 'not_found')) return null
    throw error
  }
}
