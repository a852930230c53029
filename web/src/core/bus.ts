import type { Counts, Seen, StreamState } from '../wire'

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
