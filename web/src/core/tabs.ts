/** Several tabs of one person: they tell each other what changed, and one of them sends. */

/** The outbox has changed; the person has left; the entry of what was sent under a nonce is on the device. */
export type Word = 'outbox' | 'left' | { landed: string }

export interface Tabs {
  tell(word: Word): void
  close(): void
}

export function openTabs(person: number, hear: (word: Word) => void): Tabs {
  if (typeof BroadcastChannel === 'undefined') return { tell: () => undefined, close: () => undefined }
  const channel = new BroadcastChannel(`dianmai-${person}`)
  channel.onmessage = (event) => hear(event.data as Word)
  return { tell: (word) => channel.postMessage(word), close: () => channel.close() }
}

/**
 * Resolves when this tab may send, until `given` is aborted. Web Locks need a secure page; a store that reaches its
 * server over plain HTTP goes without, and a double send is harmless because the nonce is the same.
 */
export function takeTurn(person: number, given: AbortSignal): Promise<void> {
  if (!('locks' in navigator)) return Promise.resolve()
  return new Promise((resolve) => {
    const hold = (): Promise<void> =>
      new Promise((release) => {
        resolve()
        given.addEventListener('abort', () => release())
      })
    navigator.locks.request(`dianmai-outbox-${person}`, { signal: given }, hold).catch(() => undefined)
  })
}
