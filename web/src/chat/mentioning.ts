import type { MentionWish, MessageBody } from '../wire'
import { local } from '../core/engine'

/** Somebody chosen in the picker: how they stand in the text, and whom that means. With none of the three: everyone. */
export interface Pick {
  label: string
  person: number | null
  duty?: number
  position?: string
}

const KEPT = 'picks'
const picks = new Map<string, Pick[]>()
let loading: Promise<void> | null = null

/** What was chosen for a draft that was begun before; without it the names in it would mean nobody. */
export function loadPicks(): Promise<void> {
  return (loading ??= (async () => {
    const kept = (await local().value<Record<string, Pick[]>>(KEPT)) ?? {}
    for (const [stream, list] of Object.entries(kept)) if (!picks.has(stream)) picks.set(stream, list)
  })())
}

export function picked(stream: string, pick: Pick): void {
  picks.set(stream, [...(picks.get(stream) ?? []), pick])
  save()
}

/** Whom a message mentions, as they stand in it. */
export function picksFrom({ text = '', mentions = [] }: Said): Pick[] {
  const letters = [...text]
  return mentions.map(({ at, length, people = [], duty, position }) => {
    const label = letters.slice(at, at + length).join('')
    return duty || position ? { label, person: null, duty, position } : { label, person: people[0]?.id ?? null }
  })
}

export function picksOf(stream: string): readonly Pick[] {
  return picks.get(stream) ?? []
}

export function forgetPicks(stream: string): void {
  if (picks.delete(stream)) save()
}

/** Taken out with the message: what is chosen while it goes belongs to the one after it. */
export function takePicks(stream: string): readonly Pick[] {
  const taken = picksOf(stream)
  forgetPicks(stream)
  return taken
}

/** The message did not go: its names stand before those chosen meanwhile, as its words do. */
export function putBackPicks(stream: string, taken: readonly Pick[]): void {
  if (taken.length === 0) return
  picks.set(stream, [...taken, ...picksOf(stream)])
  save()
}

/**
 * Where the chosen names stand in a text, in code points. The longest name that fits is meant; of two people with one
 * name, the one chosen first by the first place. What was rewritten by hand means nobody.
 */
export function mentionsIn(text: string, chosen: readonly Pick[]): MentionWish[] {
  const letters = [...text]
  const left = [...chosen]
  const found: MentionWish[] = []
  for (let at = 0; at < letters.length; at++) {
    if (letters[at] !== '@') continue
    const rest = letters.slice(at).join('')
    const fitting = chosen.filter(({ label }) => rest.startsWith(label))
    const longest = Math.max(0, ...fitting.map(({ label }) => label.length))
    const label = fitting.find((pick) => pick.label.length === longest)?.label
    if (!label) continue
    const next = left.findIndex((pick) => pick.label === label)
    const pick = next >= 0 ? left.splice(next, 1)[0] : fitting.at(-1)
    const length = [...label].length
    found.push({ at, length, ...whom(pick) })
    at += length - 1
  }
  return found.slice(0, 20)
}

function whom(pick: Pick | undefined): Omit<MentionWish, 'at' | 'length'> {
  if (pick?.duty) return { duty: pick.duty }
  if (pick?.position) return { position: pick.position }
  return pick?.person ? { person: pick.person } : { everyone: true }
}

type Said = { text?: string; mentions?: MessageBody['mentions'] }

/** Whether a message means this person, by name or with everyone. */
export function mentions(body: MessageBody, person: number): boolean {
  return (body.mentions ?? []).some(({ of, people }) => of === 'everyone' || people?.some((one) => one.id === person))
}

function save(): void {
  void local().setValue(KEPT, Object.fromEntries(picks)).catch(() => undefined)
}
