import { ListChecks } from '@lucide/vue'
import { shallowRef } from 'vue'
import { toast } from '../kit'
import { say } from '../kit/i18n'
import type { Action } from './actions'
import type { Bubble } from './rows'
import { entriesAfter } from './thread'

/** As many as the server takes in one go. */
export const MOST = 50

export interface Selection {
  stream: string
  seqs: ReadonlySet<number>
  /** Where a stretch begins that is chosen with Shift. */
  from: number
}

/** What is chosen in the open conversation; null while nothing is being chosen. */
export const selection = shallowRef<Selection | null>(null)

export const select: Action = {
  id: 'select',
  icon: ListChecks,
  label: 'chat.select',
  may: () => true,
  run: ({ stream, seq }) => void (selection.value = { stream, seqs: new Set([seq]), from: seq }),
}

export function isChosen({ stream, seq }: Pick<Bubble, 'stream' | 'seq'>): boolean {
  return selection.value?.stream === stream && selection.value.seqs.has(seq)
}

/** Chooses a message, or no longer; with `stretch` all from the one before up to it. */
export function choose({ seq }: Pick<Bubble, 'seq'>, stretch = false): void {
  const now = selection.value
  if (!now || seq === 0) return
  const seqs = new Set(now.seqs)
  if (stretch) for (const one of between(now.from, seq)) seqs.add(one)
  else if (!seqs.delete(seq)) seqs.add(seq)
  if (seqs.size > MOST) toast(say('chat.select_most', { count: MOST }), 'wrong')
  else selection.value = { ...now, seqs, from: seq }
}

/**
 * While messages are chosen, pressing one anywhere chooses it, and does nothing else. Its own box ticks itself: held
 * back, the browser would put it to where it was.
 */
export function pressToChoose(event: MouseEvent, bubble: Bubble, box: HTMLInputElement | undefined): void {
  if (selection.value?.stream !== bubble.stream) return
  const own = box !== undefined && event.target === box
  if (!own) {
    event.preventDefault()
    event.stopPropagation()
  }
  if (mayChoose(bubble)) choose(bubble, event.shiftKey)
  if (own) box.checked = isChosen(bubble)
}

/** Without a place in the conversation it is no message yet. */
export function mayChoose({ state, seq }: Pick<Bubble, 'state' | 'seq'>): boolean {
  return state === 'sent' && seq > 0
}

/** It was taken back: nothing more can be done with it. */
export function gone(stream: string, seq: number): void {
  const now = selection.value
  if (now?.stream === stream && now.seqs.has(seq)) choose({ seq })
}

export function stopSelecting(): void {
  selection.value = null
}

function between(one: number, other: number): number[] {
  const [first, last] = one < other ? [one, other] : [other, one]
  return entriesAfter(first - 1)
    .filter(({ seq, body }) => seq <= last && !body.recalled_by)
    .map(({ seq }) => seq)
}
