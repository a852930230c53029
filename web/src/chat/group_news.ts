import type { Entry } from '../wire'

/** Who wants to know that something about a group has changed: its card, or who is in. */
const wanting = new Set<(stream: string) => void>()

export function whenChanged(act: (stream: string) => void): () => void {
  wanting.add(act)
  return () => wanting.delete(act)
}

export function tellChanged(entry: Entry): void {
  for (const act of wanting) act(entry.stream)
}
