import type { ArrangedBody, Conversation, Entry } from '../wire'
import { ask } from '../core/api'
import { saidTrouble, toast } from '../kit'
import { conversations, rearrange, type Arranged } from './conversations'

/** Arranges my list: at once here, then on the server, which tells my other devices; taken back when it refuses. */
export async function arrange(stream: string, how: Arranged): Promise<boolean> {
  const one = conversations.get(stream)
  if (!one) return false
  const { pinned = false, muted = false, hidden_no = -1 } = one
  rearrange(stream, how)
  try {
    await ask('chat.arrange', { stream, ...how })
    return true
  } catch (error) {
    rearrange(stream, { pinned, muted, hidden_no })
    toast(saidTrouble(error), 'wrong')
    return false
  }
}

/** Out of the list until somebody says something. */
export function hide(conversation: Conversation): Promise<boolean> {
  return arrange(conversation.stream, { hidden_no: conversation.head_no })
}

/** I have arranged it, perhaps on another device. */
export function heardArranged(entry: Entry): void {
  const { stream, ...how } = entry.body as unknown as ArrangedBody
  rearrange(stream, how as Arranged)
}
