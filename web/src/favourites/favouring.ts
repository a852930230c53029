import { Star, StarOff } from '@lucide/vue'
import { shallowReactive } from 'vue'
import { ask } from '../core/api'
import { local } from '../core/engine'
import type { Action } from '../chat/actions'
import { saidTrouble, toast } from '../kit'
import { say } from '../kit/i18n'
import type { Entry, FavouredBody } from '../wire'

/** Which messages this device knows I keep, by stream and seq. Those of long before it was first used it may not. */
const kept = shallowReactive(new Set<string>())
const KEPT = 'favourites'
let loading: Promise<void> | null = null

export const favourite: Action = {
  id: 'favourite',
  icon: Star,
  label: 'chat.favourite',
  may: ({ stream, seq }) => !kept.has(`${stream}/${seq}`),
  run: ({ stream, seq }) => void favour(stream, [seq]),
}

export const unfavourite: Action = {
  id: 'unfavourite',
  icon: StarOff,
  label: 'chat.unfavourite',
  may: ({ stream, seq }) => kept.has(`${stream}/${seq}`),
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

/** Heard or seen: these are kept, or no longer. */
export function note(stream: string, seqs: readonly number[], on: boolean): void {
  for (const seq of seqs) {
    if (on) kept.add(`${stream}/${seq}`)
    else kept.delete(`${stream}/${seq}`)
  }
  void save().catch(() => undefined)
}

type Hear = () => void
const hearing = new Set<Hear>()

/** Calls `act` when I have changed my favourites, here or on another device. */
export function whenFavoured(act: Hear): () => void {
  hearing.add(act)
  return () => hearing.delete(act)
}

export function heardFavoured(entry: Entry): void {
  const { stream, seqs, on } = entry.body as unknown as FavouredBody
  note(stream, seqs, on)
  for (const act of hearing) act()
}

export function loadFavoured(): Promise<void> {
  kept.clear()
  return (loading = (async () => {
    for (const key of (await local().value<string[]>(KEPT)) ?? []) kept.add(key)
  })())
}

/** Not before what was kept has been read: it would be written over. */
async function save(): Promise<void> {
  await loading
  await local().setValue(KEPT, [...kept])
}
