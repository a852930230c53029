import { reactive, readonly, ref } from 'vue'
import type { Entry, QuietHours, SetQuietHours } from '../wire'
import { ask } from '../core/api'
import { listen } from '../core/bus'
import { serverNow } from '../core/clock'
import { local } from '../core/engine'
import { isQuiet, NEVER, nextTurn } from '../core/quiet'

const KEPT = 'quiet_hours'
/** Timers of browsers run no longer than this. */
const LONGEST_WAIT = 24 * 3600_000

const now = reactive<Required<QuietHours>>({ ...NEVER })
const being = ref(false)
let known = false
let turning: ReturnType<typeof setTimeout> | undefined

/** When I want to be left alone, as far as this device knows. */
export const quietHours = readonly(now) as Readonly<Required<QuietHours>>
/** Whether these are quiet hours right now. */
export const quiet = readonly(being)

export function startQuietHours(): void {
  void recall()
  listen('level', () => void loadQuietHours().catch(() => undefined))
  // A device that slept has missed its timer.
  document.addEventListener('visibilitychange', turn)
}

export async function loadQuietHours(): Promise<void> {
  take(await ask('accounts.quiet_hours', {}))
}

export async function setQuietHours(wanted: SetQuietHours): Promise<void> {
  take(await ask('accounts.set_quiet_hours', wanted))
}

/** Set on another device. */
export function heardQuietSet(entry: Entry): void {
  take(entry.body as QuietHours)
}

/** 1320 → 22:00 */
export function clockOfMinute(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':')
}

async function recall(): Promise<void> {
  const kept = await local().value<QuietHours>(KEPT)
  if (kept && !known) take(kept)
}

function take(hours: QuietHours): void {
  known = true
  Object.assign(now, NEVER, hours)
  turn()
  void local().setValue(KEPT, { ...now, days: [...now.days] }).catch(() => undefined)
}

function turn(): void {
  clearTimeout(turning)
  const at = serverNow()
  being.value = isQuiet(now, at)
  if (now.on) turning = setTimeout(turn, Math.min(nextTurn(now, at) - at, LONGEST_WAIT))
}
