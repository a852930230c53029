import { shallowReactive, toRaw } from 'vue'
import { ask } from '../core/api'
import { listen } from '../core/bus'

/** A store or a person, as the directory knows them by a code. */
export interface Coded {
  kind: 'unit' | 'person'
  id: number
  name: string
}

const known = shallowReactive(new Map<string, Coded | null>())
const wanted = new Set<string>()
/** When each was asked, the oldest first. */
const asked = new Map<string, number>()
/** As many as one question may name. */
const MOST = 50
/** What is shown together is asked together. */
const PATIENCE = 60
const MOST_KNOWN = 5_000
/** What is forgotten to make room may soon be asked again: it is kept for so long. */
const KEPT = 60_000
let soon: ReturnType<typeof setTimeout> | undefined

/** What this code stands for. Not known yet: it is asked, and the screen follows when the answer is here. */
export function codeOf(code: string): Coded | null {
  const key = code.toUpperCase()
  const found = known.get(key)
  if (found === undefined && !wanted.has(key) && hasRoom()) {
    wanted.add(key)
    soon ??= setTimeout(look, PATIENCE)
  }
  return found ?? null
}

// Connected again: what could not be asked is asked now.
listen('level', () => {
  if (wanted.size) soon ??= setTimeout(look, PATIENCE)
})

/** Full of what was asked just now, no more is asked: it stays plain words. */
function hasRoom(): boolean {
  if (asked.size + wanted.size < MOST_KNOWN) return true
  const [oldest = Infinity] = asked.values()
  return wanted.size < MOST && Date.now() - oldest > KEPT
}

function forgetOldest(): void {
  for (const code of asked.keys()) {
    if (asked.size <= MOST_KNOWN) return
    asked.delete(code)
    // Nobody is told: what is on a screen stays as it is there, and asks when it is shown anew.
    toRaw(known).delete(code)
  }
}

async function look(): Promise<void> {
  const codes = [...wanted].slice(0, MOST)
  try {
    const { units, people } = await ask('org.by_code', { codes })
    for (const code of codes) {
      known.set(code, null)
      asked.set(code, Date.now())
    }
    for (const { code, unit } of units) known.set(code.toUpperCase(), { kind: 'unit', id: unit.id, name: unit.name })
    for (const { code, person } of people) known.set(code.toUpperCase(), { kind: 'person', id: person.id, name: person.name })
    for (const code of codes) wanted.delete(code)
    forgetOldest()
    soon = wanted.size ? setTimeout(look, PATIENCE) : undefined
  } catch {
    // Plain words meanwhile; asked again when there is a connection.
    soon = undefined
  }
}
