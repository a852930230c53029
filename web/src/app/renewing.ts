import { status } from '../core/status'

/** Now and then a page that stays open for days asks whether there is a newer client. */
const HOUR = 3_600_000

interface Policy {
  createScriptURL(url: string): string
}

/**
 * Keeps the client on the device (`worker/worker.js`): it opens without a network, and a newer one takes over at the
 * next start or when somebody presses the line that offers it, never under somebody's hands.
 */
export async function keepShell(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  try {
    const held = await navigator.serviceWorker.register(trusted('/worker.js'), { updateViaCache: 'none' })
    const look = (): void => {
      // Nothing in charge yet: this is the first one, and the page is as new as it.
      if (held.waiting && navigator.serviceWorker.controller) status.renewable = true
    }
    look()
    held.addEventListener('updatefound', () => held.installing?.addEventListener('statechange', look))
    setInterval(() => void held.update().catch(() => undefined), HOUR)
  } catch {
    // A browser that keeps nothing opens the client from the network each time.
  }
}

/** Starts the page again with the newest client there is. */
export async function renew(): Promise<void> {
  const held = await navigator.serviceWorker?.getRegistration()
  await held?.update().catch(() => undefined)
  const next = held?.waiting ?? held?.installing
  if (!next) return location.reload()
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  next.postMessage('take over')
}

/** Scripts enter by address only where the address is ours; browsers with Trusted Types want that said. */
function trusted(url: string): string {
  const maker = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes
  return maker ? maker.createPolicy('dianmai-worker', { createScriptURL: (ours) => ours }).createScriptURL(url) : url
}
