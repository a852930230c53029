import { ask } from '../core/api'
import type { Here } from '../wire'

const KEPT = 'dianmai.device'

/** Whether this browser is a shared device as far as it remembers: phones of one's own need not ask at every sign-in. */
export function maybeShared(): boolean {
  return localStorage.getItem(KEPT) === 'till'
}

/** Whom this device holds. Remembers what the server says it is; null when it is nobody's but its owner's. */
export async function askHere(): Promise<Here | null> {
  const here = await ask('accounts.here', {})
  markShared(Boolean(here.device))
  return here.device ? here : null
}

/** A till is pressed in a hurry: its targets grow at once. */
export function markShared(shared: boolean): void {
  if (shared) localStorage.setItem(KEPT, 'till')
  else localStorage.removeItem(KEPT)
  document.documentElement.dataset.device = shared ? 'till' : ''
}
