import type { Entry, NoticeBody, NoticeBrief, RecipientState } from '../wire'
import { wordsOf } from '../text/bare'

const RANK: Record<RecipientState, number> = { queued: 0, delivered: 1, read: 2, confirmed: 3 }
const PREVIEW = 120
const NEVER = Number.MAX_SAFE_INTEGER

export function further(one: RecipientState | null | undefined, other: RecipientState | null | undefined): RecipientState {
  return RANK[one ?? 'queued'] >= RANK[other ?? 'queued'] ? (one ?? 'queued') : (other ?? 'queued')
}

export function isDone(notice: Pick<NoticeBrief, 'must_confirm' | 'my_state'>): boolean {
  return RANK[notice.my_state ?? 'queued'] >= (notice.must_confirm ? RANK.confirmed : RANK.read)
}

export function isUnread(notice: Pick<NoticeBrief, 'my_state'>): boolean {
  return RANK[notice.my_state ?? 'queued'] < RANK.read
}

/** What is owed in the order of what matters: must-confirm first, urgent above, then by deadline, then newest. */
export function inOrderOfDuty<T extends NoticeBrief>(notices: T[]): T[] {
  return [...notices].sort(
    (one, other) =>
      Number(other.must_confirm) - Number(one.must_confirm) ||
      Number(other.urgency === 'urgent') - Number(one.urgency === 'urgent') ||
      (one.deadline ?? NEVER) - (other.deadline ?? NEVER) ||
      other.at - one.at,
  )
}

export function newestFirst<T extends NoticeBrief>(notices: T[]): T[] {
  return [...notices].sort((one, other) => other.at - one.at || other.notice - one.notice)
}

/** A list with this notice in it once; states never go back, whatever comes late. */
export function put(list: NoticeBrief[], notice: NoticeBrief): NoticeBrief[] {
  const known = list.find((one) => one.notice === notice.notice)
  if (!known) return [notice, ...list]
  const merged = merge(known, notice)
  return list.map((one) => (one === known ? merged : one))
}

/** What the server lists now, keeping a state that only this device knows yet. */
export function renew(known: NoticeBrief[], listed: NoticeBrief[]): NoticeBrief[] {
  const before = new Map(known.map((one) => [one.notice, one]))
  return listed.map((one) => {
    const old = before.get(one.notice)
    return old ? merge(old, one) : one
  })
}

function merge(old: NoticeBrief, fresh: NoticeBrief): NoticeBrief {
  const mine = old.my_state || fresh.my_state ? further(old.my_state, fresh.my_state) : undefined
  return { ...old, ...fresh, my_state: mine }
}

export function reached(list: NoticeBrief[], notice: number, state: RecipientState): NoticeBrief[] {
  return list.map((one) => (one.notice === notice ? { ...one, my_state: further(one.my_state, state) } : one))
}

export function published(entry: Entry): NoticeBrief {
  const body = entry.body as unknown as NoticeBody
  return {
    notice: body.notice,
    stream: entry.stream,
    title: body.title,
    preview: wordsOf(body.text).slice(0, PREVIEW),
    at: entry.at,
    publisher: body.publisher,
    must_confirm: body.must_confirm,
    urgency: body.urgency,
    deadline: body.deadline,
    my_state: 'delivered',
  }
}
