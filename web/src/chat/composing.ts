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

/** Words for the composer of a conversation, such as those of a message that was just taken back. */
export const offered = shallowReactive(new Map<string, string>())
