import { Star, StarOff } from '@lucide/vue'
import { ask } from '../core/api'
import type { Action } from '../chat/actions'
import { saidTrouble, toast } from '../kit'
import { say } from '../kit/i18n'
import { isKept, note } from './kept'

export const favourite: Action = {
  id: 'favourite',
  icon: Star,
  label: 'chat.favourite',
  may: (bubble) => !isKept(bubble),
  run: ({ stream, seq }) => void favour(stream, [seq]),
}

export const unfavourite: Action = {
  id: 'unfavourite',
  icon: StarOff,
  label: 'chat.unfavourite',
  may: isKept,
  run: ({ stream, seq }) => void favour(stream, [seq], false),
}

/** Keeps messages, or with `on` false no longer. False: the server would not. */
export async function favour(stream: string, seqs: number[], on = true): Promise<boolean> {
  try {
    await ask('chat.favour', { stream, seqs, on })
    note(stream, seqs, on)
    toast(say(on ? 'chat.favoured' : 'chat.unfavoured'), 'done')
    return true
  } catch (error) {
    toast(saidTrouble(error), 'wrong')
    return false
  }
}
