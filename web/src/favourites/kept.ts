import { shallowReactive } from 'vue'
import { local } from '../core/engine'
import type { Entry, FavouredBody } from '../wire'

/** Which messages this device knows I keep, by stream and seq. Those of long before it was first used it may not. */
const kept = shallowReactive(new Set<string>())
/** Taken out while what was kept is still being read. */
const out = new Set<string>()
const KEPT = 'favourites'
let loading: Promise<void> | null = null

type Hear = () => void
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
  void save().catch(() => undefined)
}

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
  await loading
  await local().setValue(KEPT, [...kept])
}
