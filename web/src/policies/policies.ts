import { computed, reactive, readonly, ref } from 'vue'
import type { Policies, SetPolicies } from '../wire'
import { ask } from '../core/api'
import { local } from '../core/engine'

/** What holds until the server has said what the company decided: as in `dianmai/wire/org.py`. */
const DEFAULTS: Required<Policies> = {
  chat_edit_minutes: 15,
  chat_recall_minutes: 2,
  readers_shown_to: 'everyone',
  temporary_groups_by: 'managers',
  link_previews: false,
}
const KEPT = 'policies'
const now = reactive<Required<Policies>>({ ...DEFAULTS })
const known = ref(false)
const settable = ref(false)

/** What the company has decided, as far as this device knows. The server decides by what it knows itself. */
export const policies = readonly(now) as Readonly<Required<Policies>>
/** Whether the server has said so since this page was loaded. */
export const policiesKnown = readonly(known)
export const maySetPolicies = computed(() => settable.value)

export async function loadKept(): Promise<void> {
  const kept = await local().value<Policies>(KEPT)
  if (kept && !known.value) Object.assign(now, kept)
}

export async function loadPolicies(): Promise<void> {
  take(await ask('org.policies', {}))
}

export async function setPolicies(wanted: SetPolicies): Promise<void> {
  take(await ask('org.set_policies', wanted))
}

function take(told: { policies: Policies; may_set?: boolean }): void {
  Object.assign(now, DEFAULTS, told.policies)
  settable.value = told.may_set ?? false
  known.value = true
  void local().setValue(KEPT, { ...now }).catch(() => undefined)
}
