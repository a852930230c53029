import { Eye } from '@lucide/vue'
import { shallowRef } from 'vue'
import { policies } from '../policies/policies'
import type { Action } from './actions'
import { conversations } from './conversations'
import type { Bubble } from './rows'

/** The message whose readers are being looked at. */
export const askedFor = shallowRef<Bubble | null>(null)

export const whoHasRead: Action = {
  id: 'readers',
  icon: Eye,
  label: 'chat.readers.title',
  // Of two people it stands below the message.
  may: (bubble) => conversations.get(bubble.stream)?.kind === 'group' && (bubble.mine || policies.readers_shown_to === 'everyone'),
  run: (bubble) => void (askedFor.value = bubble),
}
