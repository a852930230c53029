import { shallowRef } from 'vue'
import type { Entry, Pinned, PinnedBody } from '../wire'
import { ask } from '../core/api'
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
  for (const entry of since) if (entry.stream === stream) heardOf(entry)
}

/** Something became of a message: what is pinned follows. What the page knew already changes nothing. */
export function heardOf(entry: Entry): void {
  const { stream, list } = pins.value
  if (entry.stream !== stream) return
  const mine = list.find((one) => one.said.seq === entry.target)?.said
  if (mine && entry.seq <= (mine.changed ?? 0)) return
  if (entry.kind === 'chat.pinned' && (entry.body as unknown as PinnedBody).on) {
    const said = mine ?? entriesAfter(entry.target! - 1).find(({ seq }) => seq === entry.target)
    if (said) put(said, entry)
    else void lookUp(entry)
  } else if (mine) {
    const goesOn = entry.kind === 'chat.edited' || entry.kind === 'chat.reacted'
    pins.value = { stream, list: list.flatMap((one) => (one.said !== mine ? one : goesOn ? { ...one, said: changed(mine, entry) } : [])) }
  }
}

function put(said: Said, entry: Entry): void {
  const { stream, target, actor: by, at } = entry
  const others = pins.value.list.filter((one) => one.said.seq !== target)
  pins.value = { stream, list: [{ said: changed(said, entry), by, at }, ...others] }
}

function changed(said: Said, entry: Entry): Said {
  return after(said, entry, session.me?.person.id ?? 0)
}

/** Pinned far back: the message is not here. */
async function lookUp(entry: Entry): Promise<void> {
  try {
    const { messages, people } = await ask('chat.messages', { stream: entry.stream, seqs: [entry.target!] })
    learn(people)
    // Taken away again meanwhile, or not for this person to see.
    if (messages[0]?.pinned && pins.value.stream === entry.stream) put(asEntry(messages[0]), entry)
  } catch {
    // The next opening of the conversation tells.
  }
}
