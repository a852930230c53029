import { shallowReactive } from 'vue'
import type { Entry, Message, MessageBody } from '../wire'
import { ask } from '../core/api'
import { local } from '../core/engine'
import { newer } from '../core/folding'
import { lastOf } from '../core/lists'
import { learn } from '../core/names'
import { passes } from '../core/refusal'
import { session } from '../core/session'
import { rowOf, unreadIn } from './conversations'
import { after, asEntry, type Said } from './later'
import { told } from './pins'

const PAGE = 50

/** One stretch of a conversation without holes, as far as it has been opened. */
export interface Thread {
  stream: string
  state: 'loading' | 'ready' | 'failed' | 'gone'
  /** Messages and quiet lines in seq order. */
  entries: Said[]
  /** What these answer, where it lies outside the stretch, by seq. Null: not for this person to see. */
  quoted: Map<number, Said | null>
  moreBefore: boolean
  /** False: the stretch reaches the newest message and grows with it. */
  moreAfter: boolean
  paging: boolean
  /** Where I had read to, and how much was new, when I opened it: the divider does not move while I read. */
  readNo: number
  newAtStart: number
  /** Settled once what the server has is here: before, it would take the place of a stretch that was jumped to. */
  opening: Promise<void>
}

let open: Thread | null = null

/** What the open conversation shows below a place, in its order. */
export function entriesAfter(seq: number): Entry[] {
  return open?.entries.filter((entry) => entry.seq > seq && entry.kind === 'chat.message') ?? []
}

/** Opens a conversation at its newest end: first what this device kept, then what the server has. */
export function openThread(stream: string): Thread {
  const thread = shallowReactive<Thread>({
    stream,
    state: 'loading',
    entries: [],
    quoted: shallowReactive(new Map()),
    moreBefore: true,
    moreAfter: false,
    paging: false,
    readNo: 0,
    newAtStart: 0,
    opening: Promise.resolve(),
  })
  open = thread
  thread.opening = begin(thread)
  return thread
}

async function begin(thread: Thread): Promise<void> {
  const row = await rowOf(thread.stream)
  thread.readNo = row?.read_no ?? 0
  thread.newAtStart = row ? unreadIn(row) : 0
  await newest(thread)
}

export function closeThread(thread: Thread): void {
  if (open === thread) open = null
}

/** Connected again: what could not be opened is tried once more. */
export function tryAgain(): void {
  if (open?.state === 'failed') void newest(open)
}

/** Puts the newest page in place of whatever is open. */
export function newest(thread: Thread): Promise<void> {
  return hearing(() => newestPage(thread))
}

async function newestPage(thread: Thread): Promise<void> {
  const kept = endOf(await local().messages(thread.stream, { limit: PAGE }))
  if (kept.length && thread.state === 'loading') await replace(thread, kept, true, false)
  try {
    const page = await ask('chat.history', { stream: thread.stream, limit: PAGE })
    learn(page.people)
    quote(thread, page.quoted)
    if (open === thread) told(thread.stream, page.pins ?? [], meanwhile)
    const entries = page.messages.map(asEntry)
    await keep(entries)
    const first = entries[0]?.no ?? 0
    const mine = thread.entries.filter(counted)
    // What is open already may reach further back than the page; if the two touch, both stay.
    const touching = !thread.moreAfter && (mine.at(-1)?.no ?? -1) >= first - 1 && (mine[0]?.no ?? 0) < first
    if (touching) await add(thread, entries, thread.moreBefore, page.more_after)
    else await replace(thread, entries, page.more_before, page.more_after)
  } catch (error) {
    if (thread.entries.length === 0) thread.state = passes(error) ? 'failed' : 'gone'
  }
}

/** Opens the stretch around a place, for a jump to the first unread message. */
export function around(thread: Thread, no: number): Promise<void> {
  return hearing(() => pageAround(thread, no))
}

async function pageAround(thread: Thread, no: number): Promise<void> {
  const page = await ask('chat.history', { stream: thread.stream, after: Math.max(0, no - 15), limit: PAGE })
  learn(page.people)
  quote(thread, page.quoted)
  await replace(thread, page.messages.map(asEntry), page.more_before, page.more_after)
}

export async function older(thread: Thread): Promise<void> {
  const first = thread.entries.find(counted)?.no
  if (!first || !thread.moreBefore || thread.paging) return
  await page(thread, async () => {
    const kept = await local().messages(thread.stream, { before: first, limit: PAGE })
    if (whole(kept) && kept.at(-1)?.no === first - 1 && (kept.length === PAGE || kept[0]?.no === 1)) {
      await add(thread, kept, kept[0]?.no !== 1, thread.moreAfter)
      return
    }
    const got = await ask('chat.history', { stream: thread.stream, before: first, limit: PAGE })
    learn(got.people)
    quote(thread, got.quoted)
    const entries = got.messages.map(asEntry)
    await keep(entries)
    await add(thread, entries, got.more_before, thread.moreAfter)
  })
}

export async function later(thread: Thread): Promise<void> {
  const last = lastOf(thread.entries, counted)?.no
  if (!last || !thread.moreAfter || thread.paging) return
  await page(thread, async () => {
    const got = await ask('chat.history', { stream: thread.stream, after: last, limit: PAGE })
    learn(got.people)
    quote(thread, got.quoted)
    await add(thread, got.messages.map(asEntry), thread.moreBefore, got.more_after)
  })
}

/** An entry was stored; the open conversation shows it when it stands at the newest end. */
export function heard(entry: Entry): void {
  if (open?.stream !== entry.stream || open.moreAfter) return
  if (open.state === 'loading') return
  open.entries = merged(open.entries, [entry])
  open.state = 'ready'
  void lookUp(open)
}

function quote(thread: Thread, messages: Message[] = []): void {
  for (const message of messages) {
    const quoted = current(asEntry(message))
    thread.quoted.set(message.seq, newer(thread.quoted.get(message.seq) ?? quoted, quoted))
  }
}

/** Fetches what is answered and not here: from this device, or from the server. */
async function lookUp(thread: Thread): Promise<void> {
  const here = new Set(thread.entries.map(({ seq }) => seq))
  const lacking = new Set<number>()
  for (const { body } of thread.entries) {
    const seq = (body as unknown as MessageBody).reply?.seq
    if (seq && !here.has(seq) && !thread.quoted.has(seq)) lacking.add(seq)
  }
  const seqs = [...lacking].slice(0, 100)
  if (seqs.length === 0) return
  try {
    await hearing(async () => {
      const { messages, people } = await ask('chat.messages', { stream: thread.stream, seqs })
      learn(people)
      quote(thread, messages)
    })
    for (const seq of seqs) if (!thread.quoted.has(seq)) thread.quoted.set(seq, null)
  } catch {
    // Without a connection the answer stands alone; the next page or message asks again.
  }
}

/** An earlier message was changed: wherever it is shown, it shows so. */
export function changed(entry: Entry): void {
  if (underWay > 0) meanwhile.push(entry)
  if (open?.stream !== entry.stream || typeof entry.target !== 'number') return
  const me = session.me?.person.id ?? 0
  open.entries = open.entries.map((one) => (one.seq === entry.target ? after(one, entry, me) : one))
  const quoted = open.quoted.get(entry.target)
  if (quoted) open.quoted.set(entry.target, after(quoted, entry, me))
}

/** What was kept of these conversations is void, or they are no longer ours. */
export function invalidated(streams: string[], left: boolean): void {
  if (!open || !streams.includes(open.stream)) return
  if (left) open.state = 'gone'
  else void newest(open)
}

/** What happened to the group, told in a quiet line. */
export function isLine(entry: Entry): boolean {
  return entry.kind === 'group.members' || entry.kind === 'group.changed'
}

/** Both lists as one, in seq order, each entry once: the one that knows more of what became of it. */
export function merged(one: Said[], other: Said[]): Said[] {
  const bySeq = new Map(one.map((entry) => [entry.seq, entry]))
  for (const entry of other) {
    const before = bySeq.get(entry.seq)
    bySeq.set(entry.seq, before ? newer(before, entry) : entry)
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

/** Changes heard while pages are on their way: what a page says may be from before them. */
let meanwhile: Entry[] = []
let underWay = 0

async function hearing<T>(load: () => Promise<T>): Promise<T> {
  underWay++
  try {
    return await load()
  } finally {
    if (--underWay === 0) meanwhile = []
  }
}

/** A message of a page with what was heard of it since the page was asked for. */
function current(message: Said): Said {
  const me = session.me?.person.id ?? 0
  const about = meanwhile.filter(({ stream, target }) => stream === message.stream && target === message.seq)
  return about.reduce((one, change) => after(one, change, me), message)
}

/** Keeps a page for reading offline; what was heard while it was written down is written after it. */
async function keep(entries: Said[]): Promise<void> {
  const known = entries.map(current)
  await local().learn(known).catch(() => undefined)
  const since = known.filter((entry) => current(entry) !== entry).map(current)
  if (since.length) await local().learn(since).catch(() => undefined)
}

async function page(thread: Thread, load: () => Promise<void>): Promise<void> {
  thread.paging = true
  try {
    await hearing(load)
  } catch {
    // The reader pulls again; what is open stays.
  } finally {
    thread.paging = false
  }
}

/** Live entries that came while the page was on its way belong to it when it reaches the newest end. */
async function replace(thread: Thread, entries: Said[], moreBefore: boolean, moreAfter: boolean): Promise<void> {
  const last = entries.at(-1)
  const since = moreAfter || !last ? [] : await local().between(thread.stream, last.seq + 1, Number.MAX_SAFE_INTEGER)
  const all = merged(entries, since.filter(shown))
  const quiet = await lines(thread.stream, all, moreBefore, moreAfter)
  const heardMeanwhile = moreAfter || !last ? [] : thread.entries.filter((entry) => entry.seq > last.seq)
  const news = new Map(thread.entries.map((entry) => [entry.seq, entry]))
  // What was heard of a message while the page was on its way goes before what the page knew of it.
  const known = all.map((entry) => current(newer(news.get(entry.seq) ?? entry, entry)))
  thread.entries = merged(merged(known, quiet), heardMeanwhile)
  void lookUp(thread)
  thread.moreBefore = moreBefore
  thread.moreAfter = moreAfter
  thread.state = 'ready'
}

function add(thread: Thread, entries: Said[], moreBefore: boolean, moreAfter: boolean): Promise<void> {
  return replace(thread, merged(thread.entries, entries), moreBefore, moreAfter)
}

/** The quiet lines this device has stored between the messages shown. */
async function lines(stream: string, entries: Entry[], moreBefore: boolean, moreAfter: boolean): Promise<Entry[]> {
  const from = moreBefore ? (entries[0]?.seq ?? 0) : 0
  const to = moreAfter ? (entries.at(-1)?.seq ?? 0) : Number.MAX_SAFE_INTEGER
  return (await local().between(stream, from, to)).filter((entry) => isLine(entry))
}

function shown(entry: Entry): boolean {
  return entry.kind === 'chat.message' || isLine(entry)
}

export function counted(entry: Entry): boolean {
  return typeof entry.no === 'number'
}

function whole(entries: Entry[]): boolean {
  return entries.every((entry, at) => at === 0 || entry.no === (entries[at - 1]?.no ?? 0) + 1)
}

/** The newest stretch without a hole: before it, this device may have kept islands. */
function endOf(entries: Entry[]): Entry[] {
  let from = entries.length - 1
  while (from > 0 && entries[from]?.no === (entries[from - 1]?.no ?? 0) + 1) from--
  return entries.slice(Math.max(0, from))
}
