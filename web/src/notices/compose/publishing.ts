import { computed, shallowRef, watch } from 'vue'
import { post, takeBack } from '../../core/engine'
import type { Waiting } from '../../core/local'
import { status, waiting } from '../../core/status'
import type { Published } from '../../wire'
import { clearDraft, draft, recallDraft, saveDraft, toPublish } from './draft'

export type Outcome =
  | { state: 'none' }
  | { state: 'waiting' }
  | { state: 'done'; notice: number | null }
  | { state: 'refused'; message: string }

const OPERATION = 'notices.publish'
const NOTHING: Outcome = { state: 'none' }

/** What became of the last notice that was to go out, for the page on which it was written. */
export const published = shallowRef<Outcome>(NOTHING)

/**
 * Puts the notice where it cannot get lost and cannot go out twice: the outbox repeats it under one nonce until the
 * server has said yes or no, over reloads and dead networks. The draft stays until then.
 */
export async function publish(): Promise<void> {
  if (draft.publishing) return
  published.value = NOTHING
  const body = JSON.parse(JSON.stringify(toPublish(draft))) as Record<string, unknown>
  const item = (await post({ operation: OPERATION, body, lane: OPERATION, echoes: true })) as Waiting
  draft.publishing = item.nonce
  await saveDraft()
}

/** Follows what is on its way from the start of the page on, whichever screen is open. */
export async function followPublishing(act: (outcome: Outcome) => void): Promise<void> {
  await recallDraft()
  // Before the outbox has been read, what waits in it would look as if it were gone, and so done.
  const outcome = computed(() => (status.socket === 'off' ? NOTHING : outcomeOf(draft.publishing, waiting.value)))
  watch(
    outcome,
    (now) => {
      const nonce = draft.publishing
      if (!nonce || now.state === 'none' || now.state === 'waiting') return
      if (now.state === 'done') clearDraft()
      else draft.publishing = null
      void saveDraft()
      takeBack(nonce)
      published.value = now
      act(now)
    },
    { immediate: true },
  )
}

/**
 * What became of it. Gone from the outbox without a refusal means done: its entry came back before its answer, or
 * another tab of this person saw the answer.
 */
export function outcomeOf(nonce: string | null, items: readonly Waiting[]): Outcome {
  if (!nonce) return NOTHING
  const item = items.find((one) => one.nonce === nonce)
  if (!item) return { state: 'done', notice: null }
  if (item.state === 'waiting') return { state: 'waiting' }
  if (item.state === 'sent') return { state: 'done', notice: (item.answer as Published | undefined)?.notice ?? null }
  return { state: 'refused', message: item.refusal?.message ?? '' }
}
