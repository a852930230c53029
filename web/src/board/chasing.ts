import { computed, reactive, ref, type ComputedRef } from 'vue'
import { ask } from '../core/api'
import { newNonce } from '../core/nonce'
import { Refusal } from '../core/refusal'
import { saidTrouble, toast } from '../kit'
import { say } from '../kit/i18n'

const COOL_DOWN = 60_000

const until = reactive(new Map<string, number>()) // by device clock: only a wait is measured with it
const nonces = new Map<string, string>()
const busy = reactive(new Set<string>())
const tick = ref(Date.now())
let ticking: ReturnType<typeof setInterval> | undefined

const keyOf = (notice: number, unit: number | null): string => `${notice}/${unit ?? 0}`

/** Whole seconds until somebody may be asked again; 0: now. */
export function useCoolDown(of: () => { notice: number; unit: number | null }): ComputedRef<{ seconds: number; busy: boolean }> {
  return computed(() => {
    const key = keyOf(of().notice, of().unit)
    return { seconds: Math.max(0, Math.ceil(((until.get(key) ?? 0) - tick.value) / 1000)), busy: busy.has(key) }
  })
}

/** Asks everyone below a unit again who has not done it. One press is one request, also when the network swallows the answer. */
export async function chase(notice: number, unit: number | null): Promise<void> {
  const key = keyOf(notice, unit)
  if (busy.has(key)) return
  const nonce = nonces.get(key) ?? newNonce()
  nonces.set(key, nonce)
  busy.add(key)
  try {
    const { people } = await ask('notices.chase', { notice, unit }, { nonce })
    nonces.delete(key)
    rest(key, COOL_DOWN)
    toast(say('board.chased', { count: people }, people), 'done')
  } catch (error) {
    if (!(error instanceof Refusal) || !error.unknown) nonces.delete(key)
    if (error instanceof Refusal && error.retryAfter) rest(key, error.retryAfter)
    toast(saidTrouble(error), 'wrong')
  } finally {
    busy.delete(key)
  }
}

function rest(key: string, milliseconds: number): void {
  tick.value = Date.now()
  until.set(key, tick.value + milliseconds)
  ticking ??= setInterval(() => {
    tick.value = Date.now()
    if ([...until.values()].some((end) => end > tick.value)) return
    clearInterval(ticking)
    ticking = undefined
  }, 1_000)
}
