import type { Counts, Entry, Marks, Seen, StreamState, Whisper } from '../wire'

/** What the engine tells features besides entries. */
export interface Told {
  /** Where streams stand. `whole`: all that are in the person's list, not just those that were joined now. */
  states: { states: StreamState[]; whole: boolean }
  /** Streams that are no longer ours. */
  left: string[]
  /** Streams whose stored entries were void and are gone. */
  dropped: string[]
  /** My read cursor moved, perhaps on another device. */
  seen: Seen
  /** Numbers of a board moved. */
  counts: Counts
  /** Others have come further in the conversation this device watches. */
  marks: Marks
  /** Said in passing in the conversation this device watches. */
  whisper: Whisper
  /** On this device for certain, so that it lasts longer than the page. */
  stored: Entry[]
  /** Level with the server, once per connection. */
  level: undefined
}

type Listener<K extends keyof Told> = (told: Told[K]) => void

const listeners: { [K in keyof Told]?: Set<Listener<K>> } = {}

/** Listens until the returned function is called. */
export function listen<K extends keyof Told>(kind: K, act: Listener<K>): () => void {
  const set = (listeners[kind] ??= new Set() as never) as Set<Listener<K>>
  set.add(act)
  return () => set.delete(act)
}

export function tell<K extends keyof Told>(kind: K, told: Told[K]): void {
  const set = listeners[kind] as Set<Listener<K>> | undefined
  for (const act of set ?? []) act(told)
}
