import { post, takeBack } from '../../core/engine'
import type { Waiting } from '../../core/local'
import type { Published } from '../../wire'
import { draft, saveDraft, toPublish } from './draft'

export type Outcome =
  | { state: 'none' }
  | { state: 'waiting' }
  | { state: 'done'; notice: number | null }
  | { state: 'refused'; message: string; code: string }

/**
 * Puts the notice where it cannot get lost and cannot go out twice: the outbox repeats it under one nonce until the
 * server has said yes or no, over reloads and dead networks. The draft stays until then.
 */
export async function publish(): Promise<void> {
  if (draft.publishing) return
  const body = JSON.parse(JSON.stringify(toPublish(draft))) as Record<string, unknown>
  const item = (await post({ operation: 'notices.publish', body, lane: 'notices.publish', echoes: true })) as Waiting
  draft.publishing = item.nonce
  await saveDraft()
}

/**
 * What became of it. Gone from the outbox without a refusal means done: its entry came back before its answer, or
 * another tab of this person saw the answer.
 */
export function outcomeOf(nonce: string | null, items: readonly Waiting[]): Outcome {
  if (!nonce) return { state: 'none' }
  const item = items.find((one) => one.nonce === nonce)
  if (!item) return { state: 'done', notice: null }
  if (item.state === 'waiting') return { state: 'waiting' }
  if (item.state === 'sent') return { state: 'done', notice: (item.answer as Published | undefined)?.notice ?? null }
  return { state: 'refused', message: item.refusal?.message ?? '', code: item.refusal?.code ?? '' }
}

/** The outbox need not remember it any longer. */
export function putAway(nonce: string): void {
  takeBack(nonce)
}
