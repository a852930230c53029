import type { Entry, FileRef, GroupLineBody, Mention, MentionWish, MessageBody } from '../wire'
import type { Packed, Waiting } from '../core/local'
import { sameDay } from '../kit/times'

/** A new run begins after this pause, also by the same author. */
const PAUSE = 5 * 60_000

export type SendState = 'waiting' | 'sent' | 'failed'

export interface Bubble {
  type: 'bubble'
  key: string
  seq: number
  no: number
  at: number
  author: number
  mine: boolean
  text: string
  mentions: Mention[]
  pictures: FileRef[]
  /** Pictures that are still only on this device. */
  packed: Packed[]
  nonce: string | null
  state: SendState
  refusal: string
  first: boolean
  last: boolean
}

export type Row =
  | Bubble
  | { type: 'day'; key: string; at: number }
  | { type: 'unread'; key: string }
  | { type: 'line'; key: string; body: GroupLineBody }

export interface Scene {
  entries: readonly Entry[]
  /** My messages in this conversation that have no entry yet, oldest first. */
  waiting: readonly Waiting[]
  me: number
  /** Read up to here when the conversation was opened; the divider stands after it. Null: no divider. */
  readNo: number | null
}

/** What a conversation looks like: days, runs of one author, the divider before what is new, mine that wait at the end. */
export function rowsOf({ entries, waiting, me, readNo }: Scene): Row[] {
  const rows: Row[] = []
  let day = 0
  let before: Bubble | null = null
  let divided = false
  let reached = false

  const put = (bubble: Bubble): void => {
    if (!sameDay(bubble.at, day)) {
      rows.push({ type: 'day', key: `day-${dayKey(bubble.at)}`, at: bubble.at })
      before = null
    }
    day = bubble.at
    // Only where what was read is in sight: further down the divider would hide that there is more to go back to.
    if (readNo !== null && bubble.no > 0 && bubble.no <= readNo + 1) reached = true
    if (!divided && reached && bubble.no > (readNo ?? 0) && !bubble.mine) {
      rows.push({ type: 'unread', key: 'unread' })
      divided = true
      before = null
    }
    bubble.first = !before || before.author !== bubble.author || bubble.at - before.at > PAUSE
    if (before && bubble.first) before.last = true
    if (before && !bubble.first) before.last = false
    rows.push(bubble)
    before = bubble
  }

  const shown = new Set<string>()
  for (const entry of entries) {
    if (entry.nonce) shown.add(entry.nonce)
    if (entry.kind === 'chat.message') put(bubbleOf(entry, me))
    else if (entry.kind === 'group.members') {
      rows.push({ type: 'line', key: `line-${entry.seq}`, body: entry.body as unknown as GroupLineBody })
      before = null
    }
  }
  // Written yesterday and still waiting: it belongs at the end all the same.
  for (const item of waiting) if (!shown.has(item.nonce)) put(pendingOf(item, me, Math.max(item.at, day)))
  return rows
}

function bubbleOf(entry: Entry, me: number): Bubble {
  const body = entry.body as unknown as MessageBody
  return {
    type: 'bubble',
    // Mine keeps the key it waited under, so that sending moves nothing on screen.
    key: entry.actor === me && entry.nonce ? entry.nonce : `seq-${entry.seq}`,
    seq: entry.seq,
    no: entry.no ?? 0,
    at: entry.at,
    author: entry.actor,
    mine: entry.actor === me,
    text: body.text ?? '',
    mentions: body.mentions ?? [],
    pictures: body.pictures ?? [],
    packed: [],
    nonce: entry.nonce ?? null,
    state: 'sent',
    refusal: '',
    first: true,
    last: true,
  }
}

function pendingOf(item: Waiting, me: number, at: number): Bubble {
  return {
    type: 'bubble',
    key: item.nonce,
    seq: 0,
    no: 0,
    at,
    author: me,
    mine: true,
    text: typeof item.body.text === 'string' ? item.body.text : '',
    mentions: wished(item.body.mentions),
    pictures: [],
    packed: item.pictures ?? [],
    nonce: item.nonce,
    state: item.state,
    refusal: item.refusal?.message ?? '',
    first: true,
    last: true,
  }
}

function dayKey(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`
}

/** Names are marked from the first moment on. */
function wished(mentions: unknown): Mention[] {
  return ((mentions as MentionWish[] | undefined) ?? []).map(({ at, length, person }) =>
    person ? { at, length, people: [{ id: person, name: '' }] } : { at, length, of: 'everyone' },
  )
}
