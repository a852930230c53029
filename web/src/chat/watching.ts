import { shallowReactive } from 'vue'
import type { Entry, ReadTo } from '../wire'
import { ask } from '../core/api'
import { listen } from '../core/bus'
import { session } from '../core/session'

/** How far the others have come in the conversation that is open here. */
export const watched = shallowReactive<{ stream: string; live: boolean; marks: ReadonlyMap<number, ReadTo> }>({
  stream: '',
  live: false,
  marks: new Map(),
})

/** Asked again at most this often, however many members come and go. */
const PAUSE = 1_000
let due: ReturnType<typeof setTimeout> | undefined

/** The conversation is on the screen: the server says how far others are, and goes on saying it. */
export function watchReaders(stream: string): void {
  if (stream !== watched.stream) Object.assign(watched, { stream, live: false, marks: new Map() })
  void look(stream)
}

export function unwatch(stream: string): void {
  if (watched.stream === stream) Object.assign(watched, { stream: '', live: false, marks: new Map() })
}

export function startWatching(): void {
  listen('marks', ({ stream, marks }) => {
    if (stream !== watched.stream) return
    if (marks?.length) watched.marks = further(watched.marks, marks)
    else again()
  })
  listen('level', () => {
    if (watched.stream) void look(watched.stream)
  })
}

/** Who writes has read what came before. */
export function wrote(entry: Entry): void {
  const before = entry.stream === watched.stream ? watched.marks.get(entry.actor) : undefined
  if (before && typeof entry.no === 'number') watched.marks = further(watched.marks, [{ person: entry.actor, read: entry.no }])
}

/** People came or went: others count now. */
export function membersMoved(stream: string): void {
  if (stream === watched.stream) again()
}

export interface Readers {
  read: number
  got: number
  of: number
}

/** How many of the others have read a message, of those who may see it. */
export function readersOf(marks: ReadonlyMap<number, ReadTo>, message: { seq: number; no: number }): Readers {
  const counted = [...marks.values()].filter((mark) => (mark.first ?? 1) <= message.seq)
  return {
    read: counted.filter((mark) => (mark.read ?? 0) >= message.no).length,
    got: counted.filter((mark) => Math.max(mark.got ?? 0, mark.read ?? 0) >= message.no).length,
    of: counted.length,
  }
}

/** Marks only ever move forward. Of somebody who is not known yet they say nothing about what they may see. */
export function further(known: ReadonlyMap<number, ReadTo>, news: readonly ReadTo[]): ReadonlyMap<number, ReadTo> {
  const moved = new Map(known)
  for (const { person, read = 0, got = 0 } of news) {
    const before = moved.get(person)
    if (before) moved.set(person, { ...before, read: Math.max(before.read ?? 0, read), got: Math.max(before.got ?? 0, got) })
  }
  return moved
}

function again(): void {
  due ??= setTimeout(() => {
    due = undefined
    if (watched.stream) void look(watched.stream)
  }, PAUSE)
}

async function look(stream: string): Promise<void> {
  try {
    const { live, marks } = await ask('chat.watch', { stream })
    if (stream !== watched.stream) return
    const others = (marks ?? []).filter((mark) => mark.person !== session.me?.person.id)
    // What was heard while this was on its way may be newer than this.
    watched.marks = further(new Map(others.map((mark) => [mark.person, mark])), [...watched.marks.values()])
    watched.live = live
  } catch {
    // Without it messages show as sent, which is true. Asked again when level.
  }
}
