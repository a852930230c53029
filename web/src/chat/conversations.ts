import { computed, reactive, shallowRef } from 'vue'
import type { Arrange, Conversation, Entry, GroupChangedBody, GroupLineBody, MessageBody, StreamState } from '../wire'
import { ask } from '../core/api'
import { local } from '../core/engine'
import { learn } from '../core/names'
import { session } from '../core/session'
import { after, asEntry } from './later'
import { mentions } from './mentioning'

/** The conversations of this person: the server's list, moved on by every entry since. */
export const conversations = reactive(new Map<string, Conversation>())
export const loaded = shallowRef<'no' | 'kept' | 'fresh' | 'failed'>('no')

export type Arranged = Omit<Arrange, 'stream'>

const KEPT = 'conversations'
/** Entries by which a message may no longer mention whom it did. */
const UNSAYING = new Set(['chat.edited', 'chat.recalled'])

/** Pinned ones first, then what moved last. */
export const listed = computed(() =>
  [...conversations.values()].sort(
    (one, other) => Number(other.pinned ?? false) - Number(one.pinned ?? false) || (other.moved ?? 0) - (one.moved ?? 0),
  ),
)

/** Put away until the next message. */
export function hidden(conversation: Conversation): boolean {
  return (conversation.hidden_no ?? -1) >= conversation.head_no
}

export function unreadIn(conversation: Pick<Conversation, 'head_no' | 'read_no'>): number {
  return Math.max(0, conversation.head_no - conversation.read_no)
}

/** Whether I may write there, as far as this device knows. */
export function mayWrite(stream: string): boolean {
  return conversations.get(stream)?.may_post !== false
}

/** A group that is over: it is read, and what was said in it stays as it is. */
export function isOver(stream: string): boolean {
  return conversations.get(stream)?.closed ?? false
}

/** What the tab's badge counts: muted talk waits quietly, but for what is said to me by name. */
export const unread = computed(() =>
  listed.value.reduce((sum, one) => sum + (one.muted || hidden(one) ? (one.mentioned ? 1 : 0) : unreadIn(one)), 0),
)

/** Somebody means me, and I have not been there yet. */
export const called = computed(() => listed.value.some((one) => one.mentioned))

let loading: Promise<void> | null = null

/** Shows at once what this device kept; the server's list follows when the engine is level. */
export function load(): Promise<void> {
  loading ??= (async () => {
    const kept = await local().value<Conversation[]>(KEPT)
    if (!kept || loaded.value !== 'no') return
    for (const conversation of kept) conversations.set(conversation.stream, conversation)
    learn(kept.flatMap((one) => one.with_person ?? []))
    loaded.value = 'kept'
  })()
  return loading
}

/** The row of a conversation, as soon as this device or the server has one. */
export async function rowOf(stream: string): Promise<Conversation | undefined> {
  await load()
  if (!conversations.has(stream)) await refetch()
  return conversations.get(stream)
}

let fetching: Promise<void> | null = null

export function refetch(): Promise<void> {
  fetching ??= fetchList().finally(() => (fetching = null))
  return fetching
}

async function fetchList(): Promise<void> {
  try {
    const answer = await ask('chat.conversations', {})
    learn(answer.people)
    learn(answer.conversations.flatMap((one) => one.with_person ?? []))
    const seen = new Set(answer.conversations.map((one) => one.stream))
    for (const stream of conversations.keys()) if (!seen.has(stream)) conversations.delete(stream)
    for (const one of answer.conversations) conversations.set(one.stream, newer(one, conversations.get(one.stream)))
    loaded.value = 'fresh'
    save()
  } catch {
    if (loaded.value === 'no') loaded.value = 'failed'
  }
}

/** A message was stored: the row moves up and counts it. */
export function moveOn(entry: Entry): void {
  const one = conversations.get(entry.stream)
  if (!one) {
    // The first word of a conversation this list does not show yet, such as one somebody has just opened with me.
    if (loaded.value === 'fresh') void (fetching ?? Promise.resolve()).then(refetch)
    return
  }
  if (entry.seq <= one.head && one.last) return
  one.head = Math.max(one.head, entry.seq)
  if (typeof entry.no === 'number') {
    one.head_no = Math.max(one.head_no, entry.no)
    const { stream, seq, no, at, actor, nonce } = entry
    one.last = { stream, seq, no, at, author: actor, body: brief(entry.body as unknown as MessageBody), nonce }
    one.moved = at
    const me = session.me?.person.id ?? 0
    if (actor !== me && no > one.read_no && mentions(entry.body, me)) one.mentioned ||= no
    // What I write I have read; everything before it was on my screen.
    if (actor === me) readTo(one, no)
  } else if (typeof entry.target === 'number') {
    if (one.last?.seq === entry.target) one.last = { ...one.last, body: after(asEntry(one.last), entry, 0).body }
    if (one.mentioned && UNSAYING.has(entry.kind)) void lookForMention(one, entry.target)
  }
  save()
}

/** What mentioned me may do so no longer: the first after it that still does, as far as this device has kept it. */
async function lookForMention(one: Conversation, seq: number): Promise<void> {
  const [changed, ...since] = await local().between(one.stream, seq, Number.MAX_SAFE_INTEGER)
  const me = session.me?.person.id ?? 0
  if (changed?.seq !== seq) return refetch()
  if (changed.no !== one.mentioned || mentions(changed.body, me)) return
  const next = since.find((entry) => entry.kind === 'chat.message' && entry.actor !== me && mentions(entry.body, me))
  one.mentioned = next?.no ?? 0
  save()
}

/** Where streams stand. A conversation we have no row for is new: the list is fetched again. */
export function follow(states: StreamState[], whole: boolean): void {
  let strange = false
  for (const state of states) {
    if (!state.stream.startsWith('chat:')) continue
    const one = conversations.get(state.stream)
    if (!one) strange = true
    else {
      one.head_no = Math.max(one.head_no, state.head_no)
      readTo(one, state.read_no)
      one.muted = state.muted ?? false
    }
  }
  if (strange || (whole && loaded.value !== 'fresh')) void refetch()
}

export function readUpTo(stream: string, no: number): void {
  const one = conversations.get(stream)
  if (one && no > one.read_no) {
    readTo(one, no)
    save()
  }
}

/** A group is different now: what the list shows of it follows. Whether I may write there the server works out. */
export function groupChanged(entry: Entry): void {
  const one = conversations.get(entry.stream)
  if (!one) return
  const { title, announcement, post_by, pin_by, closed, led_by } = entry.body as unknown as GroupChangedBody
  one.title = title ?? one.title
  one.announcement = announcement ?? one.announcement
  one.closed = closed ?? one.closed
  if (closed) one.may_post = one.may_pin = false
  else if (post_by || pin_by || led_by || closed === false) void refetch()
  save()
}

/** People came and went: the list counts them. */
export function membersChanged(entry: Entry): void {
  const one = conversations.get(entry.stream)
  if (!one || entry.seq <= one.head) return
  const { joined_count = 0, left_count = 0, reason } = entry.body as unknown as GroupLineBody
  // Whoever made the group has counted those it began with.
  if (reason !== 'made') one.members = Math.max(0, one.members + joined_count - left_count)
  save()
}

/** I have arranged my list, here or on another device: what is given has changed. */
export function rearrange(stream: string, { pinned, muted, hidden_no }: Arranged): void {
  const one = conversations.get(stream)
  if (!one) return
  one.pinned = pinned ?? one.pinned
  one.muted = muted ?? one.muted
  one.hidden_no = hidden_no ?? one.hidden_no
  save()
}

function readTo(one: Conversation, no: number, fetched = false): void {
  one.read_no = Math.max(one.read_no, no)
  if (!one.mentioned || one.mentioned > one.read_no) return
  one.mentioned = 0
  if (one.read_no < one.head_no) void nextMention(one.stream, fetched)
}

/** More than this is not looked through on the device. */
const LOOKED = 200

/** The one that was read may not have been the last: the next, as far as this device knows, else the server, once. */
async function nextMention(stream: string, fetched: boolean): Promise<void> {
  const { read_no: from = 0, head_no: to = 0 } = conversations.get(stream) ?? {}
  const me = session.me?.person.id ?? 0
  const kept = await local().messages(stream, { after: from, limit: LOOKED }).catch(() => [])
  const whole = kept.filter((entry, at) => entry.no === from + 1 + at)
  const next = whole.find((entry) => entry.actor !== me && mentions(entry.body, me))?.no
  const one = conversations.get(stream)
  if (!one) return
  if (next && next <= one.read_no) return nextMention(stream, fetched)
  if (next) one.mentioned = Math.min(next, one.mentioned || next)
  else if (!fetched && from + whole.length < to) return refetch()
  save()
}

/** So much was missed that it is not told one by one: what the list counts is asked for anew. */
export function startedOver(streams: readonly string[]): void {
  if (streams.some((stream) => conversations.has(stream))) void (fetching ?? Promise.resolve()).then(refetch)
}

export function forget(streams: string[]): void {
  for (const stream of streams) conversations.delete(stream)
  save()
}

/** Of what was forwarded as one the list needs no more than that there is something. */
function brief(body: MessageBody): MessageBody {
  return body.merged?.length ? { ...body, merged: body.merged.slice(0, 1) } : body
}

/** The server's row, unless entries have already moved ours on. */
function newer(theirs: Conversation, ours: Conversation | undefined): Conversation {
  if (!ours) return theirs
  const { head, head_no, last, moved, mentioned = theirs.mentioned } = ours
  const one = head <= theirs.head ? { ...theirs } : { ...theirs, head, head_no, last, moved, mentioned }
  readTo(one, ours.read_no, true)
  return one
}

/** Short, because whoever closes the page expects the list to be there next time, network or not. */
const SAVE_AFTER = 300
let saving: ReturnType<typeof setTimeout> | undefined

function save(): void {
  saving ??= setTimeout(() => void keep().catch(() => undefined), SAVE_AFTER)
}

/** Fails where nobody is signed in any more, and where the device has no room: the server has the list. */
async function keep(): Promise<void> {
  saving = undefined
  await local().setValue(KEPT, JSON.parse(JSON.stringify([...conversations.values()])))
}
