import type {
  Card, CardState, Excerpt, FileRef, Forwarded, GroupChangedBody, GroupLineBody, LinkPreview, Mention, MentionWish, MessageBody, Reaction, Reply,
} from '../wire'
import type { Packed, Parcel, Waiting } from '../core/local'
import { sameDay } from '../kit/times'
import type { Said } from './later'

/** A new run begins after this pause, also by the same author. */
const PAUSE = 5 * 60_000

export type SendState = 'waiting' | 'sent' | 'failed'

export interface Bubble {
  type: 'bubble'
  key: string
  stream: string
  seq: number
  no: number
  at: number
  author: number
  mine: boolean
  text: string
  /** Shown with its headings and lists. */
  markdown?: boolean
  mentions: Mention[]
  pictures: FileRef[]
  /** Pictures that are still only on this device. */
  packed: Packed[]
  files: FileRef[]
  /** Files that are on their way. */
  parcels: Parcel[]
  nonce: string | null
  state: SendState
  refusal: string
  first: boolean
  last: boolean
  /** What it answers, as far as it is known here. */
  quote: Quote | null
  /** When its text was changed last; 0: never. */
  edited: number
  reactions: Reaction[]
  pinned: boolean
  forwarded: Forwarded | null
  merged: Excerpt[]
  card: Card | null
  /** What has become of its card. */
  cardState: CardState | null
  /** What stands behind its link. */
  preview: LinkPreview | null
}

export interface Quote {
  seq: number
  no: number
  author: number
  text: string
  markdown?: boolean
  pictures: number
  files: number
  merged: number
  /** `away`: it lies before what this person may see, or has not come yet. */
  state: 'there' | 'recalled' | 'away'
}

export type Row =
  | Bubble
  | { type: 'day'; key: string; at: number }
  | { type: 'unread'; key: string }
  | { type: 'line'; key: string; body: GroupLineBody }
  | { type: 'changed'; key: string; body: GroupChangedBody }
  | { type: 'recalled'; key: string; stream: string; seq: number; by: number; mine: boolean }

export interface Scene {
  entries: readonly Said[]
  /** What is answered and lies elsewhere. */
  quoted?: ReadonlyMap<number, Said | null>
  /** My messages in this conversation that have no entry yet, oldest first. */
  waiting: readonly Waiting[]
  me: number
  /** Read up to here when the conversation was opened; the divider stands after it. Null: no divider. */
  readNo: number | null
}

/** What a conversation looks like: days, runs of one author, the divider before what is new, mine that wait at the end. */
export function rowsOf({ entries, quoted, waiting, me, readNo }: Scene): Row[] {
  const bySeq = new Map(entries.map((entry) => [entry.seq, entry]))
  const find = (seq: number): Said | null => bySeq.get(seq) ?? quoted?.get(seq) ?? null
  const rows: Row[] = []
  let day = 0
  let before: Bubble | null = null
  let divided = false
  let reached = false

  const begin = (at: number): void => {
    if (!sameDay(at, day)) {
      rows.push({ type: 'day', key: `day-${dayKey(at)}`, at })
      before = null
    }
    day = at
  }
  const put = (bubble: Bubble): void => {
    begin(bubble.at)
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
    if (entry.kind === 'chat.message') {
      const bubble = bubbleOf(entry, me, find)
      const by = (entry.body as unknown as MessageBody).recalled_by
      if (!by) put(bubble)
      else {
        begin(bubble.at)
        rows.push({ type: 'recalled', key: bubble.key, stream: entry.stream, seq: entry.seq, by, mine: by === me })
        before = null
      }
    }
    else if (entry.kind === 'group.members') {
      rows.push({ type: 'line', key: `line-${entry.seq}`, body: entry.body as unknown as GroupLineBody })
      before = null
    } else if (entry.kind === 'group.changed') {
      rows.push({ type: 'changed', key: `line-${entry.seq}`, body: entry.body as unknown as GroupChangedBody })
      before = null
    }
  }
  // Written yesterday and still waiting: it belongs at the end all the same.
  for (const item of waiting) if (!shown.has(item.nonce)) put(pendingOf(item, me, Math.max(item.at, day), find))
  return rows
}

type Find = (seq: number) => Said | null

function bubbleOf(entry: Said, me: number, find: Find): Bubble {
  const body = entry.body as unknown as MessageBody
  return {
    type: 'bubble',
    // Mine keeps the key it waited under, so that sending moves nothing on screen.
    key: entry.actor === me && entry.nonce ? entry.nonce : `seq-${entry.seq}`,
    stream: entry.stream,
    seq: entry.seq,
    no: entry.no ?? 0,
    at: entry.at,
    author: entry.actor,
    mine: entry.actor === me,
    text: body.text ?? '',
    markdown: body.markdown ?? false,
    mentions: body.mentions ?? [],
    pictures: body.pictures ?? [],
    packed: [],
    files: body.files ?? [],
    parcels: [],
    nonce: entry.nonce ?? null,
    state: 'sent',
    refusal: '',
    first: true,
    last: true,
    quote: body.reply ? quoteOf(body.reply, find) : null,
    edited: body.edited ?? 0,
    reactions: entry.reactions ?? [],
    pinned: entry.pinned ?? false,
    forwarded: body.forwarded ?? null,
    merged: body.merged ?? [],
    card: body.card ?? null,
    cardState: entry.card_state ?? null,
    preview: entry.preview ?? null,
  }
}

function quoteOf({ seq, author }: Reply, find: Find): Quote {
  const said = find(seq)
  const body = said?.body as unknown as MessageBody | undefined
  return {
    seq,
    no: said?.no ?? 0,
    author,
    text: body?.text ?? '',
    markdown: body?.markdown ?? false,
    pictures: body?.pictures?.length ?? 0,
    files: body?.files?.length ?? 0,
    merged: body?.merged?.length ?? 0,
    state: !body ? 'away' : body.recalled_by ? 'recalled' : 'there',
  }
}

function pendingOf(item: Waiting, me: number, at: number, find: Find): Bubble {
  const answered = typeof item.body.reply === 'number' ? item.body.reply : 0
  return {
    type: 'bubble',
    key: item.nonce,
    stream: item.lane,
    seq: 0,
    no: 0,
    at,
    author: me,
    mine: true,
    text: typeof item.body.text === 'string' ? item.body.text : '',
    markdown: item.body.markdown === true,
    mentions: wished(item.body.mentions),
    pictures: [],
    packed: item.pictures ?? [],
    files: [],
    parcels: item.parcels ?? [],
    nonce: item.nonce,
    state: item.state,
    refusal: item.refusal?.message ?? '',
    first: true,
    last: true,
    quote: answered ? quoteOf({ seq: answered, author: find(answered)?.actor ?? 0 }, find) : null,
    edited: 0,
    reactions: [],
    pinned: false,
    forwarded: null,
    merged: [],
    card: null,
    cardState: null,
    preview: null,
  }
}

function dayKey(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`
}

/** Names are marked from the first moment on. */
function wished(mentions: unknown): Mention[] {
  return ((mentions as MentionWish[] | undefined) ?? []).map(({ at, length, person, duty, position }) => {
    if (duty || position) return { at, length, ...(duty ? { duty } : {}), ...(position ? { position } : {}) }
    return person ? { at, length, people: [{ id: person, name: '' }] } : { at, length, of: 'everyone' }
  })
}
