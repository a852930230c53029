import type { Entry } from '../wire'

type Hear = (entry: Entry) => unknown

const hearing = new Set<Hear>()

/** Calls `act` with every later entry about a message that is heard, until the returned function is called. */
export function whenBecomes(act: Hear): () => void {
  hearing.add(act)
  return () => hearing.delete(act)
}

export function tellBecomes(entry: Entry): void {
  for (const act of hearing) act(entry)
}
