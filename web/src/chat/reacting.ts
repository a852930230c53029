import { SmilePlus } from '@lucide/vue'
import { shallowRef } from 'vue'
import { ask } from '../core/api'
import type { Action } from './actions'
import { tried } from './changing'
import { isOver } from './conversations'
import type { Bubble } from './rows'

/** What is said most often without words: seen, done, thanks, well done. */
export const QUICK = ['👍', '✅', '🙏', '❤️', '😂', '🎉'] as const

export const OTHERS = [
  '💪', '👏', '🤝', '👌', '🫡', '🔥', '⭐', '💯', '🚀', '🎂',
  '😀', '😄', '😊', '😍', '🥰', '😎', '🤔', '😮', '😅', '😭',
  '😢', '😡', '😱', '🤒', '🙈', '👀', '🙋', '🙌', '👎', '❌',
  '❓', '❗', '⏰', '📌', '📦', '🛒', '🏪', '🚚', '☕', '🌧️',
] as const

/** The message somebody chooses another reaction for. */
export const choosing = shallowRef<Bubble | null>(null)

export const reactTo: Action = {
  id: 'react',
  icon: SmilePlus,
  label: 'chat.react',
  quick: true,
  may: (bubble) => !isOver(bubble.stream),
  run: (bubble) => void (choosing.value = bubble),
}

export function reactWith(bubble: Bubble, emoji: string): Promise<boolean> {
  const mine = bubble.reactions.some((one) => one.emoji === emoji && one.mine)
  return tried(() => ask('chat.react', { stream: bubble.stream, seq: bubble.seq, emoji, on: !mine }))
}
