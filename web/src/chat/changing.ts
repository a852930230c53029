import { Pencil, Reply, Undo2 } from '@lucide/vue'
import { ask } from '../core/api'
import { serverNow } from '../core/clock'
import { Refusal } from '../core/refusal'
import { saidTrouble, toast } from '../kit'
import { policies } from '../policies/policies'
import type { Action } from './actions'
import { compose } from './composing'
import { mayWrite } from './conversations'
import type { Bubble } from './rows'

const MINUTE = 60_000

/** My words that I took back since this page was opened, by stream and seq: nobody else may read them any more. */
export const takenBack = new Map<string, string>()

export const reply: Action = {
  id: 'reply',
  icon: Reply,
  label: 'chat.reply',
  quick: true,
  may: (bubble) => mayWrite(bubble.stream),
  run: (bubble) => compose('reply', bubble),
}

export const edit: Action = {
  id: 'edit',
  icon: Pencil,
  label: 'chat.edit',
  may: (bubble) =>
    bubble.mine &&
    bubble.text !== '' &&
    !bubble.forwarded &&
    !bubble.card &&
    mayWrite(bubble.stream) &&
    within(bubble, policies.chat_edit_minutes),
  run: (bubble) => compose('edit', bubble),
}

export const recall: Action = {
  id: 'recall',
  icon: Undo2,
  label: 'chat.recall',
  danger: true,
  may: (bubble) => bubble.mine && within(bubble, policies.chat_recall_minutes),
  async run(bubble) {
    await tried(async () => {
      await ask('chat.recall', { stream: bubble.stream, seq: bubble.seq })
      if (bubble.text && !bubble.forwarded) takenBack.set(`${bubble.stream}/${bubble.seq}`, bubble.text)
    })
  },
}

/** Carries it out; where the server would not, says why. False: it was not done. */
export async function tried(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    // Done already, by another device of mine: what I wanted is so.
    if (error instanceof Refusal && error.code === 'changed_meanwhile') return true
    toast(saidTrouble(error), 'wrong')
    return false
  }
}

function within(bubble: Bubble, minutes: number): boolean {
  return serverNow() - bubble.at < minutes * MINUTE
}
