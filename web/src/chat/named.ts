import type { Mention } from '../wire'
import { withPlaces, type Named } from '../text/pieces'

/** A message's text with a sign in place of each name that is meant, and whom these mean. */
export function named({ text = '', mentions = [] }: { text?: string; mentions?: Mention[] }, me: number): { text: string; names: Named[] } {
  const placed = withPlaces(text, mentions)
  const names = placed.named.map((name, at) => {
    const { of, people = [] } = mentions[at]!
    const person = of === 'everyone' ? null : (people[0]?.id ?? 0)
    return { text: name, person, mine: person === null || person === me }
  })
  return { text: placed.text, names }
}
