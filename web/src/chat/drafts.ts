import { reactive, shallowReactive } from 'vue'
import type { Entry, KeptDraft } from '../wire'
import { ask } from '../core/api'
import { listen } from '../core/bus'
import { serverNow } from '../core/clock'
import { local } from '../core/engine'
import { newNonce } from '../core/nonce'
import { Refusal } from '../core/refusal'
import { status } from '../core/status'
import { lengthOf, LONGEST } from './long'

/** What was begun and not sent, by conversation: on this device and, after a pause, on the person's others. */
export const drafts = reactive(new Map<string, string>())
/** What was written on another device, for the box it belongs into; taken from here by it. */
export const arrived = shallowReactive(new Map<string, string>())

/** `at`: when it was written, by the server's clock. `told`: what the server has of it; null: asked, and no answer came yet. */
interface Kept {
  text: string
  at: number
  told: string | null
}

const KEPT = 'drafts'
/** Most messages are sent before this pause: nobody else hears of their drafts. */
export const PAUSE = 5_000
/** For so long after a key was pressed nobody else's hand is let into the box. */
const WRITING = 60_000
const MOST = 100

const kept = new Map<string, Kept>()
/** When a key was last pressed in a box that is open. */
const hands = new Map<string, number>()
const pauses = new Map<string, ReturnType<typeof setTimeout>>()
const own = new Set<string>()
/** One at a time of each conversation: an empty one that overtook its words would leave them standing. */
const telling = new Set<string>()
let saving: ReturnType<typeof setTimeout> | undefined
let loading: Promise<void> | null = null
/** All are asked for once a page; from then on those of which something was heard. */
let known = false

export function startDrafts(): void {
  listen('level', () => void level())
  listen('dropped', (streams) => {
    if (streams.some((stream) => stream.startsWith('person:'))) known = false
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') for (const stream of kept.keys()) void tell(stream)
  })
}

/** Once: read again, what was just sent would come back as a draft. */
export function loadDrafts(): Promise<void> {
  return (loading ??= recall())
}

async function recall(): Promise<void> {
  const stored = (await local().value<Record<string, Kept | string>>(KEPT)) ?? {}
  for (const [stream, one] of Object.entries(stored)) {
    if (kept.has(stream)) continue
    // Before drafts travelled they were kept as mere words.
    const draft = typeof one === 'string' ? { text: one, at: 0, told: '' } : one
    kept.set(stream, draft)
    if (draft.text && !drafts.has(stream)) drafts.set(stream, draft.text)
  }
}

/** A key was pressed, or the message went: the text as it stands in the box now. */
export function keepDraft(stream: string, text: string): void {
  const said = text.trim() ? text : ''
  const before = kept.get(stream)
  if (said) hands.set(stream, Date.now())
  else hands.delete(stream)
  if (said) drafts.set(stream, said)
  else drafts.delete(stream)
  const told = before ? before.told : ''
  // What the server may have is told to be gone, also when it has not answered yet.
  if (!said && told === '') kept.delete(stream)
  else kept.set(stream, { text: said, at: serverNow(), told })
  save()
  // Gone is gone at once: what was sent must not stand as a draft elsewhere.
  if (kept.has(stream)) tellAfter(stream, said ? PAUSE : 0)
}

/** A hand is in the box, though its words are not there yet: a Chinese word is being composed. */
export function composing(stream: string): void {
  hands.set(stream, Date.now())
}

/** The box is closed: its draft goes to the other devices now. */
export function leaveDraft(stream: string): void {
  hands.delete(stream)
  if (kept.has(stream)) tellAfter(stream, 0)
}

/** Something is different on another device. */
export function heardDrafted(entry: Entry): void {
  if (entry.nonce && own.delete(entry.nonce)) return
  const { stream } = entry.body as { stream: string }
  changed.add(stream)
  // While catching up many come; when level all of them are asked for.
  if (status.level) fetching ??= setTimeout(() => void fetchChanged(), 200)
}

const changed = new Set<string>()
let fetching: ReturnType<typeof setTimeout> | undefined

function fetchChanged(): Promise<void> {
  const streams = [...changed].slice(0, MOST)
  fetching = undefined
  changed.clear()
  return fetch(streams)
}

async function fetch(streams: string[]): Promise<void> {
  try {
    const found = await ask('chat.drafts', { streams })
    for (const draft of found.drafts) take(draft)
  } catch {
    known = false
  }
}

async function level(): Promise<void> {
  await loadDrafts()
  if (known && changed.size) await fetchChanged()
  else if (!known) {
    known = true
    changed.clear()
    await fetch([])
  }
  for (const stream of kept.keys()) void tell(stream)
}

/** What another device wrote stands if it was written later; what is being typed here goes before everything. */
export function take({ stream, text = '', at }: KeptDraft): void {
  const mine = kept.get(stream)
  const typing = Date.now() - (hands.get(stream) ?? -WRITING) < WRITING
  if (mine && (mine.at > at || typing)) {
    // While the server is being told, what it had before says nothing of what it has.
    if (!telling.has(stream)) mine.told = text
    if (mine.text !== text) tellAfter(stream, PAUSE)
    return
  }
  if (typing) return
  if (text) kept.set(stream, { text, at, told: text })
  else kept.delete(stream)
  save()
  if ((drafts.get(stream) ?? '') === text) return
  if (text) drafts.set(stream, text)
  else drafts.delete(stream)
  arrived.set(stream, text)
}

function tellAfter(stream: string, pause: number): void {
  clearTimeout(pauses.get(stream))
  pauses.set(stream, setTimeout(() => void tell(stream), pause))
}

async function tell(stream: string): Promise<void> {
  clearTimeout(pauses.get(stream))
  const mine = kept.get(stream)
  if (!mine || telling.has(stream) || mine.text === mine.told || !status.level || lengthOf(mine.text) > LONGEST) return
  const nonce = newNonce()
  own.add(nonce)
  telling.add(stream)
  const { text, at } = mine
  mine.told = null
  // Not after a while: the page may be gone before the answer comes.
  keepNow()
  try {
    const stands = await ask('chat.draft', { stream, text, at }, { nonce })
    telling.delete(stream)
    const now = kept.get(stream)
    if (now) now.told = stands.text ?? ''
    if (now && !now.text && !now.told) kept.delete(stream)
    if (stands.at > at) take(stands)
    else if (now && now.text !== text) tellAfter(stream, now.text ? PAUSE : 0)
    save()
  } catch (error) {
    own.delete(nonce)
    telling.delete(stream)
    const again = error instanceof Refusal && error.retryable
    if (again || kept.get(stream)?.text !== text) tellAfter(stream, 2 * PAUSE)
  }
}

function save(): void {
  clearTimeout(saving)
  saving = setTimeout(keepNow, 400)
}

function keepNow(): void {
  void write().catch(() => undefined)
}

/** Fails where nobody is signed in any more: then there is nobody's draft to keep. */
async function write(): Promise<void> {
  await local().setValue(KEPT, Object.fromEntries([...kept].map(([stream, one]) => [stream, { ...one }])))
}
