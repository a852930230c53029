import { shallowReactive } from 'vue'
import type { Bubble } from './rows'

/** What the writing is about: an answer to a message, or another text for one's own. One at a time per conversation. */
export interface About {
  what: 'reply' | 'edit'
  bubble: Bubble
}

export const about = shallowReactive(new Map<string, About>())

export function compose(what: About['what'], bubble: Bubble): void {
  about.set(bubble.stream, { what, bubble })
}

/** What the next message answers, taken out with it: what is chosen while it goes belongs to the one after it. */
export function takeReply(stream: string): About | undefined {
  const chosen = about.get(stream)
  if (chosen?.what !== 'reply') return undefined
  about.delete(stream)
  return chosen
}

/** The message did not go: what it answers is chosen again, unless something else was meanwhile. */
export function putBack(chosen: About | undefined): void {
  if (chosen && !about.has(chosen.bubble.stream)) about.set(chosen.bubble.stream, chosen)
}

/** The text that was being changed is gone with its box: whoever comes back finds their draft, and sends it as such. */
export function stopEditing(stream: string): void {
  if (about.get(stream)?.what === 'edit') about.delete(stream)
}

/** Words for the composer of a conversation, such as those of a message that was just taken back. */
export const offered = shallowReactive(new Map<string, string>())
