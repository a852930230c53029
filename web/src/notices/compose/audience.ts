import type { Audience, AudiencePart, GroupChoice, PersonBrief, PositionChoice } from '../../wire'
import { say } from '../../kit/i18n'

export interface NamedUnit {
  id: number
  name: string
}

/** One part of an audience as it is being built: with the names people know, not only the numbers. */
export interface DraftPart {
  positions: { code: string; title: string }[]
  units: NamedUnit[]
  attributes: Record<string, string>
}

export interface DraftAudience {
  parts: DraftPart[]
  people: PersonBrief[]
  without: PersonBrief[]
}

const NAMED = 3

export function nobody(): DraftAudience {
  return { parts: [], people: [], without: [] }
}

export function emptyPart(): DraftPart {
  return { positions: [], units: [], attributes: {} }
}

/** The people of a managed group, as parts that can be changed like any other. */
export function partsOfGroup(group: GroupChoice, positions: PositionChoice[]): DraftPart[] {
  const titles = new Map(positions.map((one) => [one.code, one.title]))
  return (group.audience.parts ?? []).map((part) => ({
    positions: (part.positions ?? []).map((code) => ({ code, title: titles.get(code) ?? code })),
    units: (part.units ?? []).map((id) => ({ id, name: group.unit_name ?? '' })),
    attributes: part.attributes ?? {},
  }))
}

/** Whether nobody has been chosen in any way: then there is nothing to ask the server about. */
export function isNobody(draft: DraftAudience): boolean {
  return draft.parts.length === 0 && draft.people.length === 0
}

export function asked(draft: DraftAudience): Audience {
  return {
    parts: draft.parts.map(askedPart),
    people: draft.people.map((person) => person.id),
    without: draft.without.map((person) => person.id),
  }
}

function askedPart(part: DraftPart): AudiencePart {
  return {
    units: part.units.map((unit) => unit.id),
    positions: part.positions.map((position) => position.code),
    attributes: part.attributes,
  }
}

/** 店长、副店长 · 全部岗位 */
export function saidPositions(part: DraftPart): string {
  return part.positions.length ? listed(part.positions.map((one) => one.title)) : say('notices.audience.every_position')
}

/** 华东大区、南京 · 全公司 */
export function saidUnits(part: DraftPart): string {
  return part.units.length ? listed(part.units.map((one) => one.name)) : say('notices.audience.whole_company')
}

export function saidCondition(key: string, value: string): string {
  return say('notices.audience.condition', { key, value })
}

/** The part as a person would say it: 店长，在 华东大区，且 烘焙=有 */
export function saidPart(part: DraftPart): string {
  const conditions = Object.entries(part.attributes).map(([key, value]) => saidCondition(key, value))
  const words = { positions: saidPositions(part), units: saidUnits(part) }
  if (!conditions.length) return say('notices.audience.part', words)
  return say('notices.audience.part_where', { ...words, conditions: conditions.join(say('notices.audience.and')) })
}

/** The whole audience, part by part, for the last look before publishing. */
export function saidAudience(draft: DraftAudience): string[] {
  const lines = draft.parts.map(saidPart)
  if (draft.people.length) {
    lines.push(say('notices.audience.named', { names: listed(draft.people.map((one) => one.name)) }))
  }
  if (draft.without.length) {
    lines.push(say('notices.audience.without', { names: listed(draft.without.map((one) => one.name)) }))
  }
  return lines
}

/** The first few by name, the rest by number. */
export function listed(names: string[]): string {
  const shown = names.slice(0, NAMED).join(say('notices.audience.list_comma'))
  return names.length > NAMED ? say('notices.audience.and_more', { names: shown, count: names.length }) : shown
}

/** Chosen if it was not, given back if it was. */
export function toggled<T>(chosen: T[], one: T, same: (a: T, b: T) => boolean): T[] {
  return chosen.some((other) => same(one, other)) ? chosen.filter((other) => !same(one, other)) : [...chosen, one]
}
