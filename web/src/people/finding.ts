import type { Found, FoundPerson, PersonBrief, UnitBrief } from '../wire'

export type Hit =
  | { kind: 'person'; key: string; person: PersonBrief; why: string }
  | { kind: 'unit'; key: string; unit: UnitBrief }

/** Somebody found only through where they work comes after that place itself. */
const THROUGH_PLACE = new Set(['store', 'position'])

/** Best first: a unit named outright, people found by themselves, units, people found by their place. */
export function inOrder(found: Found, text: string): Hit[] {
  const typed = text.trim().toLowerCase()
  const units = found.units.map((unit): Hit => ({ kind: 'unit', key: `u${unit.id}`, unit }))
  const own = found.people.filter(({ why }) => !THROUGH_PLACE.has(why)).map(asHit)
  const placed = found.people.filter(({ why }) => THROUGH_PLACE.has(why)).map(asHit)
  const named = found.units.some((unit) => unit.name.toLowerCase() === typed || unit.code?.toLowerCase() === typed)
  const exact = found.people.some(({ person }) => person.name.toLowerCase() === typed)
  return named && !exact ? [...units, ...own, ...placed] : [...own, ...units, ...placed]
}

function asHit({ person, why }: FoundPerson): Hit {
  return { kind: 'person', key: `p${person.id}`, person, why }
}

/** A text cut where what was typed stands in it, so that the eye finds it: [before, match, after]. */
export function cut(text: string, typed: string): [string, string, string] {
  const wanted = typed.trim()
  const at = wanted ? text.toLowerCase().indexOf(wanted.toLowerCase()) : -1
  if (at < 0) return [text, '', '']
  return [text.slice(0, at), text.slice(at, at + wanted.length), text.slice(at + wanted.length)]
}

const REASONS = ['name', 'pinyin', 'initials', 'number', 'phone', 'store', 'position'] as const
export type Reason = (typeof REASONS)[number]

/** Why somebody was found, as far as this client has words for it; by name needs no reason. */
export function reason(why: string): Reason | null {
  return why !== 'name' && (REASONS as readonly string[]).includes(why) ? (why as Reason) : null
}

const RECENT = 8

/** Who was looked up last, newest first. */
export function remembered(before: PersonBrief[], person: PersonBrief): PersonBrief[] {
  return [person, ...before.filter((one) => one.id !== person.id)].slice(0, RECENT)
}
