import { Copy } from '@lucide/vue'
import type { Component } from 'vue'
import { toast } from '../kit'
import { copy } from '../kit/copying'
import { say } from '../kit/i18n'
import { favourite, unfavourite } from '../favourites/favouring'
import { edit, recall, reply } from './changing'
import { forward } from './forwarding'
import { pin, unpin } from './pinning'
import { reactTo } from './reacting'
import { whoHasRead } from './readers'
import type { Bubble } from './rows'
import { select } from './selecting'

/** Something that can be done with a message. */
export interface Action {
  id: string
  icon: Component
  /** A key of the words, such as `chat.copy`. */
  label: string
  /** Whether it is offered for this message. */
  may: (bubble: Bubble) => boolean
  run: (bubble: Bubble) => void | Promise<void>
  /** Offered beside the message already, without opening the menu (where there is room for it). */
  quick?: boolean
  /** Takes something away: shown last and in the colour of danger. */
  danger?: boolean
}

const copyText: Action = {
  id: 'copy',
  icon: Copy,
  label: 'chat.copy',
  may: (bubble) => bubble.text !== '',
  async run(bubble) {
    if (await copy(bubble.text)) toast(say('chat.copied'), 'done')
    else toast(say('chat.not_copied'), 'wrong')
  },
}

/** What the menu of a message offers, in this order. */
export const actions: Action[] = [reply, reactTo, forward, copyText, favourite, unfavourite, pin, unpin, whoHasRead, select, edit, recall]

export function actionsFor(bubble: Bubble): Action[] {
  const offered = actions.filter((action) => action.may(bubble))
  return [...offered.filter((action) => !action.danger), ...offered.filter((action) => action.danger)]
}
