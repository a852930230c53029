import { shallowReactive } from 'vue'
import { local } from '../core/engine'
import type { Entry, FavouredBody } from '../wire'

/** Which messages this device knows I keep, by stream and seq. Those of long before it was first used it may not. */
const kept = shallowReactive(new Set<string>())
/** Taken out while what was kept is still being read. */
const out = new Set<string>()
const KEPT = 'favourites'
const SAVE_AFTER = 300
let saving: ReturnType<typeof setTimeout> | undefined
let loading: Promise<void> | null = null

type Hear = (favoured: FavouredBody) => void
const hearing = new Set<Hear>()

export function isKept({ stream, seq }: { stream: string; seq: number }): boolean {
  return kept.has(`${stream}/${seq}`)
}

/** Heard or seen: these are kept, or no longer. */
export function note(stream: string, seqs: readonly number[], on: boolean): void {
  for (const seq of seqs) {
    const key = `${stream}/${seq}`
    const [to, from] = on ? [kept, out] : [out, kept]
    to.add(key)
    from.delete(key)
  }
  // A page of them is written down at once.
  saving ??= setTimeout(() => void save().catch(() => undefined), SAVE_AFTER)
}

/** Calls `act` when I have changed my favourites, here or on another device. */
export function whenFavoured(act: Hear): () => void {
  hearing.add(act)
  return () => hearing.delete(act)
}

export function heardFavoured(entry: Entry): void {
  const favoured = entry.body as unknown as FavouredBody
  note(favoured.stream, favoured.seqs, favoured.on)
  for (const act of hearing) act(favoured)
}

/** What the device kept, of whoever is signed in now. */
export function loadFavoured(): Promise<void> {
  kept.clear()
  out.clear()
  return (loading = (async () => {
    for (const key of (await local().value<string[]>(KEPT)) ?? []) if (!out.has(key)) kept.add(key)
  })())
}

/** Not before what was kept has been read: it would be written over. */
async function save(): Promise<void> {
  saving = undefined
  await loading
  await local().setValue(KEPT, [...kept])
}
