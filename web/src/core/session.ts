import { reactive, readonly } from 'vue'
import type { Me } from '../wire'
import { ask } from './api'
import { thisDevice } from './device'
import { Refusal } from './refusal'

type State = 'unknown' | 'in' | 'out'

const KEPT = 'dianmai.me'
/** The server has said that nobody is signed in here, and nobody has signed in since. */
const NOBODY = 'dianmai.nobody'
const now = reactive<{ state: State; me: Me | null }>({ state: 'unknown', me: null })

/** Who is signed in on this device. The cookie itself is out of reach; this is what the server said last. */
export const session = readonly(now) as { readonly state: State; readonly me: Me | null }

/** Finds out who is signed in: at once from what this device kept, so that it also works offline, else by asking. */
export async function restore(): Promise<void> {
  if (now.state !== 'unknown') return
  const kept = localStorage.getItem(KEPT)
  if (kept) {
    enter(JSON.parse(kept) as Me)
    return
  }
  if (localStorage.getItem(NOBODY)) {
    now.state = 'out'
    return
  }
  try {
    enter(await ask('accounts.me', {}))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.status === 401) localStorage.setItem(NOBODY, '1')
    now.state = 'out'
  }
}

/** Asks again who I am: rights and positions change while people work. */
export async function refresh(): Promise<void> {
  const me = await ask('accounts.me', {})
  // Signed out while the answer was on its way: it must not bring the person back.
  if (now.state === 'in') enter(me)
}

export async function signIn(employeeNo: string, password: string): Promise<Me> {
  const { me } = await ask('accounts.sign_in', { employee_no: employeeNo, password, device: thisDevice() })
  enter(me)
  return me
}

/** Lets somebody in again whom this shared device holds. */
export async function switchTo(person: number, password: string): Promise<Me> {
  const { me } = await ask('accounts.switch', { person, password })
  enter(me)
  return me
}

export async function activate(employeeNo: string, code: string, password: string): Promise<Me> {
  const { me } = await ask('accounts.activate', { employee_no: employeeNo, code, password, device: thisDevice() })
  enter(me)
  return me
}

/**
 * Forgets that this person was here; another tab may have written down somebody else, who stays. What else was stored
 * is wiped by `core/leaving`.
 */
export function forget(person: number): void {
  const kept = localStorage.getItem(KEPT)
  if (kept && (JSON.parse(kept) as Me).person.id === person) localStorage.removeItem(KEPT)
  now.me = null
  now.state = 'out'
}

/** Whether I hold a right anywhere; or, with `units` (one from itself up to the top), over that one. */
export function may(right: string, units?: readonly number[]): boolean {
  const held = (now.me?.rights as Record<string, number[]> | undefined)?.[right] ?? []
  return units ? units.some((unit) => held.includes(unit)) : held.length > 0
}

function enter(me: Me): void {
  localStorage.setItem(KEPT, JSON.stringify(me))
  localStorage.removeItem(NOBODY)
  now.me = me
  now.state = 'in'
}
