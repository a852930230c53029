import { Forward } from '@lucide/vue'
import { shallowRef } from 'vue'
import { ask } from '../core/api'
import { newNonce } from '../core/nonce'
import type { Action } from './actions'

/** What somebody wants to forward: the sheet that asks where to is open. */
export interface Intent {
  stream: string
  seqs: number[]
  merged: boolean
}

export const forwarding = shallowRef<Intent | null>(null)

/** As many conversations as the server takes in one go. */
export const MOST_TARGETS = 9

export const forward: Action = {
  id: 'forward',
  icon: Forward,
  label: 'chat.forward',
  quick: true,
  may: () => true,
  run: ({ stream, seq }) => void (forwarding.value = { stream, seqs: [seq], merged: false }),
}

/** Where to: a conversation, or somebody with whom there may be none yet. */
export interface Target {
  key: string
  title: string
  sub: string
  stream: string
  /** 0: a group. */
  person: number
}

/**
 * Carries it out. The same wish, asked again after a lost answer, is done once; another choice is another wish. The
 * conversations with people are opened first, which is harmless by itself.
 */
export function forwarder(intent: Intent): (targets: readonly Target[], text: string) => Promise<void> {
  let wish = ''
  let nonce = ''
  return async (targets, text) => {
    const to = await Promise.all(targets.map((one) => one.stream || opened(one.person)))
    const body = { ...intent, to, ...(text.trim() ? { text: text.trim() } : {}) }
    if (JSON.stringify(body) !== wish) nonce = newNonce()
    wish = JSON.stringify(body)
    await ask('chat.forward', body, { nonce })
  }
}

async function opened(person: number): Promise<string> {
  return (await ask('chat.open_direct', { person })).stream
}
