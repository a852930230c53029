import type { Conversation, Entry } from '../wire'
import { ask } from '../core/api'
import { listen } from '../core/bus'
import { storedTo } from '../core/engine'
import { session } from '../core/session'
import { status } from '../core/status'
import { conversations, load, unreadIn } from './conversations'

/** What is read at once need not be called delivered first. */
const WAIT = 1_500
const SPREAD = 1_500
const MOST = 200

/** Direct conversations of which this device has stored more than the server knows, and up to where. */
const owed = new Map<string, number>()
let due: ReturnType<typeof setTimeout> | undefined

/** *Delivered* is said by the device, for what it has stored, of what others wrote to this person alone. */
export function startDelivering(): void {
  listen('stored', (entries) => {
    for (const entry of entries) if (concerns(entry)) owe(entry.stream, entry.no ?? 0)
  })
  listen('level', () => {
    // Stored once, but the page was gone before it could be said.
    for (const one of conversations.values()) owe(one.stream, storedIn(one, storedTo(one.stream)))
  })
}

/** Up to which no something unread is certain to be on this device, given up to which seq it keeps the conversation. */
export function storedIn({ kind, last, ...one }: Pick<Conversation, 'kind' | 'last' | 'head_no' | 'read_no'>, kept: number): number {
  const lasts = status.lasting && status.keeping && last && last.seq <= kept
  return lasts && kind === 'direct' && unreadIn(one) ? last.no : 0
}

function concerns(entry: Entry): boolean {
  // Heard before the list of conversations is here, it may be either.
  return entry.kind === 'chat.message' && entry.actor !== session.me?.person.id && conversations.get(entry.stream)?.kind !== 'group'
}

function owe(stream: string, no: number): void {
  if (no <= Math.max(owed.get(stream) ?? 0, conversations.get(stream)?.read_no ?? 0)) return
  owed.set(stream, no)
  due ??= setTimeout(() => void say(), WAIT + Math.random() * SPREAD)
}

async function say(): Promise<void> {
  due = undefined
  await load()
  const unread = [...owed].filter(([stream, no]) => isUnread(conversations.get(stream), no)).slice(0, MOST)
  owed.clear()
  if (unread.length === 0) return
  try {
    await ask('chat.receive', { upto: Object.fromEntries(unread) })
  } catch {
    // Said again when level.
  }
}

function isUnread(one: Conversation | undefined, no: number): boolean {
  return one?.kind !== 'group' && no > (one?.read_no ?? 0)
}
