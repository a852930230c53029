import { Pin, PinOff } from '@lucide/vue'
import { ask } from '../core/api'
import type { Action } from './actions'
import { tried } from './changing'
import { conversations } from './conversations'
import type { Bubble } from './rows'

export const pin: Action = {
  id: 'pin',
  icon: Pin,
  label: 'chat.pin',
  may: (bubble) => !bubble.pinned && mayPin(bubble.stream),
  run: ({ stream, seq }) => void tried(() => ask('chat.pin', { stream, seq })),
}

export const unpin: Action = {
  id: 'unpin',
  icon: PinOff,
  label: 'chat.unpin',
  may: (bubble) => bubble.pinned && mayPin(bubble.stream),
  run: (bubble) => void takeAway(bubble),
}

export function mayPin(stream: string): boolean {
  return conversations.get(stream)?.may_pin !== false
}

export function takeAway({ stream, seq }: Pick<Bubble, 'stream' | 'seq'>): Promise<boolean> {
  return tried(() => ask('chat.unpin', { stream, seq }))
}
