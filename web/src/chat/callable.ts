import { computed, ref, shallowRef, watch } from 'vue'
import type { Mentionable, PersonBrief } from '../wire'
import { ask } from '../core/api'
import { learn } from '../core/names'
import { i18n, say } from '../kit/i18n'
import type { Pick } from './mentioning'

export interface Choice {
  key: string
  name: string
  sub: string
  face?: PersonBrief | null | undefined
  pick: Omit<Pick, 'label'>
}

/** Not with every letter. */
const PAUSE = 120

/** Whom an @ may mean while what may be a name is typed after it, and which of them is taken by the keys. */
export function useCallable(stream: () => string, typed: () => string | null, pick: (chosen: Pick) => void) {
  /** With the text it answers: what is typed since may mean somebody else. */
  const found = shallowRef<{ text: string; answer: Mentionable } | null>(null)
  const at = ref(0)
  let asked = 0
  let due: ReturnType<typeof setTimeout> | undefined

  const choices = computed<Choice[]>(() => {
    const { people = [], everyone = 0, duties = [], positions = [] } = found.value?.answer ?? {}
    const all = everyone > 0 && say('chat.mention.everyone').toLowerCase().includes((typed() ?? '').toLowerCase())
    const byName = people.map((person) => ({
      key: `person-${person.id}`,
      name: person.name,
      sub: [person.unit, person.title].filter(Boolean).join(' · '),
      face: person,
      pick: { person: person.id },
    }))
    const byPosition = positions.map(({ position, title, people: count, person }) => ({
      key: `position-${position}`,
      name: title,
      sub: person?.name ?? reaches(count),
      face: person,
      pick: { person: null, position },
    }))
    return [
      ...(all ? [{ key: 'all', name: say('chat.mention.everyone'), sub: reaches(everyone), pick: { person: null } }] : []),
      ...duties.map(({ duty, name, person, deputy }) => ({
        key: `duty-${duty}`,
        name: say('chat.mention.duty', { duty: name }),
        sub: deputy ? say('chat.mention.stands_in', { name: person.name }) : person.name,
        face: person,
        pick: { person: null, duty },
      })),
      // Before anything is typed, names are what is looked for.
      ...(typed() ? [...byPosition, ...byName] : [...byName, ...byPosition]),
    ]
  })
  /** Whether the list answers what stands there now. Until then the first of it may be somebody else. */
  const answered = computed(() => found.value?.text === typed())
  const open = computed(() => typed() !== null && choices.value.length > 0)

  watch(typed, (text) => {
    clearTimeout(due)
    asked++
    if (text === null) found.value = null
    else due = setTimeout(() => void look(text), found.value ? PAUSE : 0)
  })

  async function look(text: string): Promise<void> {
    const turn = ++asked
    try {
      const answer = await ask('chat.mentionable', { stream: stream(), text })
      if (turn !== asked) return
      learn([...answer.people, ...(answer.duties ?? []).map(({ person }) => person)])
      found.value = { text, answer }
      at.value = 0
    } catch {
      // Offline: the name stays plain text, and looks so.
      if (turn === asked) found.value = null
    }
  }

  function choose(place: number): void {
    const choice = choices.value[place]
    if (choice) pick({ label: `@${choice.name}`, ...choice.pick })
  }

  /** Whether the key was for the list. */
  function key(event: KeyboardEvent): boolean {
    if (!open.value || event.isComposing) return false
    const last = choices.value.length - 1
    if (event.key === 'ArrowDown') at.value = Math.min(last, at.value + 1)
    else if (event.key === 'ArrowUp') at.value = Math.max(0, at.value - 1)
    else if (event.key === 'Enter' || event.key === 'Tab') {
      if (answered.value) choose(at.value)
    } else if (event.key === 'Escape') found.value = null
    else return false
    return true
  }

  return { choices, at, answered, open, choose, key }
}

function reaches(count: number): string {
  return say('chat.mention.reaches', { count: i18n.global.n(count) })
}
