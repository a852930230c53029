import { shallowRef } from 'vue'
import type { Entry, Pinned, PinnedBody } from '../wire'
import { ask } from '../core/api'
import { lastOf } from '../core/lists'
import { learn } from '../core/names'
import { session } from '../core/session'
import { after, asEntry, type Said } from './later'
import { entriesAfter } from './thread'

/** A message that is kept in sight, who pinned it, and when. */
export interface Pin {
  said: Said
  by: number
  at: number
}

/** What is pinned in the conversation that is open, the last pinned first. */
export const pins = shallowRef<{ stream: string; list: readonly Pin[] }>({ stream: '', list: [] })

/** What a page says is pinned, with what was heard since it was asked for. */
export function told(stream: string, page: readonly Pinned[], since: readonly Entry[]): void {
  const list = page.map(({ message, by, at }) => ({ said: asEntry(message), by, at }))
  pins.value = { stream, list }
  awaited.clear()
  for (const entry of since) if (entry.stream === stream) heardOf(entry)
}

/** What was heard of messages that are being looked up: the answer may be from before it. */
const awaited = new Map<number, Entry[]>()

/** Something became of a message: what is pinned follows. What is known already changes nothing, even heard again. */
export function heardOf(entry: Entry): void {
  const { stream, list } = pins.value
  const { target } = entry
  if (entry.stream !== stream || typeof target !== 'number') return
  const mine = list.find((one) => one.said.seq === target)
  const said = mine?.said ?? entriesAfter(target - 1).find(({ seq }) => seq === target)
  if (awaited.has(target)) awaited.get(target)!.push(entry)
  else if (mine || (said && pinsIt(entry))) put(changed(said!, entry), pinsIt(entry) ? entry : undefined)
  else if (pinsIt(entry)) void lookUp(entry, target)
}

function pinsIt({ kind, body }: Entry): boolean {
  return kind === 'chat.pinned' && (body as unknown as PinnedBody).on
}

/** The message as it is now, pinned or not; `entry`: by which it was pinned, where it was pinned anew. */
function put(said: Said, entry: Entry | undefined): void {
  const { stream, list } = pins.value
  const mine = list.find((one) => one.said.seq === said.seq)
  if (!said.pinned) {
    if (mine) pins.value = { stream, list: list.filter((one) => one !== mine) }
  } else if (entry && entry.at > (mine?.at ?? 0)) {
    const others = list.filter((one) => one !== mine)
    pins.value = { stream, list: [{ said, by: entry.actor, at: entry.at }, ...others].sort((one, other) => other.at - one.at) }
  } else if (mine) pins.value = { stream, list: list.map((one) => (one === mine ? { ...one, said } : one)) }
}

function changed(said: Said, entry: Entry): Said {
  return after(said, entry, session.me?.person.id ?? 0)
}

/** Pinned far back: the message is not here. */
async function lookUp(entry: Entry, target: number): Promise<void> {
  const heard = [entry]
  awaited.set(target, heard)
  try {
    const { messages, people } = await ask('chat.messages', { stream: entry.stream, seqs: [target] })
    learn(people)
    // What another page told meanwhile knows more; none: not for this person to see.
    if (messages[0] && awaited.get(target) === heard) put(heard.reduce(changed, asEntry(messages[0])), lastOf(heard, pinsIt))
  } catch {
    // The next opening of the conversation tells.
  } finally {
    if (awaited.get(target) === heard) awaited.delete(target)
  }
}
