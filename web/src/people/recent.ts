import { shallowRef } from 'vue'
import { local } from '../core/engine'
import type { PersonBrief } from '../wire'
import { remembered } from './finding'

const KEPT = 'people.recent'

/** Who was looked up last on this device, newest first. */
export const recent = shallowRef<PersonBrief[]>([])
let recalled = false

export async function recallRecent(): Promise<void> {
  if (recalled) return
  recalled = true
  recent.value = (await local().value<PersonBrief[]>(KEPT)) ?? []
}

export function remember({ id, name, title, unit }: PersonBrief): void {
  recent.value = remembered(recent.value, { id, name, title, unit })
  void local().setValue(KEPT, recent.value)
}
