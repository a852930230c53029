import type { Entry } from '../wire'

/** What a later entry makes of the one it is about. */
export interface Folding {
  /** The earlier entry as it is from now on. */
  onto(target: Entry, change: Entry): Entry
  /** As much of the later entry as may be kept on the device. */
  kept(change: Entry): Entry
}

let foldings: Readonly<Record<string, Folding>> = {}

/** Called once by whoever knows these kinds, before anything is heard. */
export function foldWith(known: Readonly<Record<string, Folding>>): void {
  foldings = { ...foldings, ...known }
}

export function foldingOf(entry: Entry): Folding | undefined {
  return typeof entry.target === 'number' ? foldings[entry.kind] : undefined
}

/** An entry with what became of it: `changed` is the seq of the last entry about it. */
export interface Changeable extends Entry {
  changed?: number
}

/** The one of both that knows more of what became of it. A page may be older than what was heard since it was asked for. */
export function newer(one: Changeable, other: Changeable): Changeable {
  return (one.changed ?? 0) > (other.changed ?? 0) ? one : other
}
