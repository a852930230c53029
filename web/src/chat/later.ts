import type { Folding } from '../core/folding'
import type {
  CardChangedBody, CardState, EditedBody, Entry, LinkPreview, Message, MessageBody, PinnedBody, PreviewedBody, ReactedBody, Reaction,
} from '../wire'

/** A message with what became of it. */
export interface Said extends Entry {
  /** Seq of the last entry that changed it. */
  changed?: number
  reactions?: Reaction[]
  pinned?: boolean
  card_state?: CardState | null
  preview?: LinkPreview | null
}

/** As many of those who reacted are named as the server names. */
const NAMED = 10

/** The message after one more entry about it, as this person sees it. Nothing becomes of what was taken back. */
export function after(message: Said, change: Entry, me: number): Said {
  if (change.seq <= (message.changed ?? 0)) return message
  const body = message.body as unknown as MessageBody
  if (body.recalled_by) return message
  const known: Said = { ...message, changed: change.seq }
  switch (change.kind) {
    case 'chat.edited': {
      const { text, mentions } = change.body as unknown as EditedBody
      // Changed again since: that entry brings the text. Its link may be another one, or gone.
      return text ? { ...known, preview: null, body: { ...message.body, text, mentions, edited: change.at } } : { ...known, preview: null }
    }
    case 'chat.recalled':
      return { ...known, body: { recalled_by: change.actor }, reactions: [], pinned: false, card_state: null, preview: null }
    case 'chat.reacted':
      return { ...known, reactions: reacted(message.reactions ?? [], change, me) }
    case 'chat.card_changed':
      return { ...known, card_state: pressed(message.card_state ?? {}, change, me) }
    case 'chat.previewed':
      return { ...known, preview: (change.body as unknown as PreviewedBody).preview ?? null }
    case 'chat.pinned':
      return { ...known, pinned: (change.body as unknown as PinnedBody).on }
    default:
      return known
  }
}

function reacted(before: Reaction[], change: Entry, me: number): Reaction[] {
  const { emoji, on } = change.body as unknown as ReactedBody
  const who = change.actor
  const at = before.findIndex((one) => one.emoji === emoji)
  const one = before[at]
  if (!one) return on ? [...before, { emoji, count: 1, people: [who], mine: who === me }] : before
  const mine = who === me ? (on ?? false) : (one.mine ?? false)
  const others = one.people.filter((person) => person !== who)
  const people = on ? [...others, who].slice(0, NAMED) : others
  const now = { ...one, count: one.count + (on ? 1 : -1), people, mine }
  return before.flatMap((each, place) => (place !== at ? each : now.count > 0 ? now : []))
}

function pressed(before: CardState, change: Entry, me: number): CardState {
  const { button, once } = change.body as unknown as CardChangedBody
  const who = change.actor
  if (once) return { ...before, settled: { button, person: who, at: change.at } }
  const one = before.counts?.[button] ?? { count: 0 }
  const people = [...(one.people ?? []), who].slice(0, NAMED)
  const now = { count: one.count + 1, people, mine: one.mine || who === me }
  return { ...before, counts: { ...before.counts, [button]: now } }
}

/** A message of a page, in the shape of what is heard. */
export function asEntry(message: Message): Said {
  const { stream, seq, no, at, author, nonce, changed, reactions, pinned, card_state, preview } = message
  const entry: Said = { stream, seq, no, at, actor: author, nonce, kind: 'chat.message', body: { ...message.body } }
  if (!changed) return entry
  return { ...entry, changed, reactions: reactions ?? [], pinned: pinned ?? false, card_state: card_state ?? null, preview: preview ?? null }
}

export const KINDS = ['chat.edited', 'chat.recalled', 'chat.reacted', 'chat.pinned', 'chat.card_changed', 'chat.previewed'] as const

/** How the device keeps it: the words only where they stand now, so that taking them back leaves none behind. */
export function foldings(me: () => number): Record<string, Folding> {
  const onto = (target: Entry, change: Entry): Entry => after(target, change, me())
  return Object.fromEntries(KINDS.map((kind) => [kind, { onto, kept: (change: Entry) => ({ ...change, body: {} }) }]))
}
