import { shallowReactive } from 'vue'
import type { PersonBrief } from '../wire'
import { ask } from './api'
import { local } from './engine'

/** People this device has heard of, so that an entry's actor has a name. Learnt from every answer that names people. */
const known = shallowReactive(new Map<number, PersonBrief>())
const asked = new Set<number>()
const KEPT = 'people'
const MOST_KEPT = 3_000
let saving: ReturnType<typeof setTimeout> | undefined

export function learn(people: readonly PersonBrief[]): void {
  let news = false
  for (const person of people) {
    const before = known.get(person.id)
    if (before && before.name === person.name && before.title === person.title && before.unit === person.unit) continue
    known.set(person.id, person)
    news = true
  }
  if (news) saving ??= setTimeout(save, 2_000)
}

/** Who this is. Nobody yet: asks once, and the screen follows when the answer is here. */
export function personOf(id: number): PersonBrief | undefined {
  const person = known.get(id)
  if (!person && id > 0 && !asked.has(id)) {
    asked.add(id)
    void look(id)
  }
  return person
}

/** People this device knows whose name has this in it, for when the server cannot be asked. */
export function peopleKnown(text: string): PersonBrief[] {
  const wanted = text.trim().toLowerCase()
  return wanted ? [...known.values()].filter(({ name }) => name.toLowerCase().includes(wanted)) : []
}

export async function loadNames(): Promise<void> {
  learn((await local().value<PersonBrief[]>(KEPT)) ?? [])
}

/** Titles are in the reader's language. */
export function forgetNames(): void {
  known.clear()
  asked.clear()
}

async function look(id: number): Promise<void> {
  try {
    const card = await ask('org.person', { person: id })
    const held = card.positions[0]
    learn([{ id, name: card.name, title: held?.title, unit: held?.line.at(-1) }])
  } catch {
    // Asked again when the page is opened anew; the entry shows without a name meanwhile.
  }
}

function save(): void {
  saving = undefined
  void local().setValue(KEPT, [...known.values()].slice(-MOST_KEPT)).catch(() => undefined)
}
