import { shallowReactive } from 'vue'
import type { Entry } from '../wire'
import { ask } from '../core/api'
import { listen } from '../core/bus'
import { watched } from './watching'

/** Who types in the conversation that is open, as long as they go on saying so. */
export const typists = shallowReactive(new Map<number, ReturnType<typeof setTimeout>>())

const SAID_EVERY = 3_000
const FORGOTTEN_AFTER = 5_000
let saidAt = 0
let saidIn = ''

/** I am typing. Said now and then, to those who have the conversation open, and kept by nobody. */
export function sayTyping(stream: string): void {
  const now = Date.now()
  if (!watched.live || watched.stream !== stream || (saidIn === stream && now < saidAt + SAID_EVERY)) return
  saidAt = now
  saidIn = stream
  void ask('chat.typing', { stream }).catch(() => undefined)
}

export function startTyping(): void {
  listen('whisper', ({ stream, actor, kind }) => {
    if (kind !== 'typing' || stream !== watched.stream) return
    clearTimeout(typists.get(actor))
    typists.set(actor, setTimeout(() => typists.delete(actor), FORGOTTEN_AFTER))
  })
}

/** What they typed is here. */
export function typed(entry: Entry): void {
  if (entry.stream === watched.stream) forget(entry.actor)
}

export function forgetTypists(): void {
  for (const actor of typists.keys()) forget(actor)
}

function forget(actor: number): void {
  clearTimeout(typists.get(actor))
  typists.delete(actor)
}
