import type { Mention } from '../wire'
import { withPlaces, type Named } from '../text/pieces'

/** A message's text with a sign in place of each name that is meant, and whom these mean. */
export function named({ text = '', mentions = [] }: { text?: string; mentions?: Mention[] }, me: number): { text: string; names: Named[] } {
  const placed = withPlaces(text, mentions)
  const names = placed.named.map((name, at) => {
    const { of, people = [], duty, position } = mentions[at]!
    if (of === 'everyone') return { text: name, person: null, mine: true }
    const person = people.length > 1 ? 0 : (people[0]?.id ?? 0)
    const mine = people.some(({ id }) => id === me)
    return duty || position ? { text: name, person, mine, people } : { text: name, person, mine }
  })
  return { text: placed.text, names }
}
