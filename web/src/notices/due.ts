import { clock, sameDay, saidDay, saidLeft, serverNow } from '../kit/times'
import { say } from '../kit/i18n'

export type DueTone = 'over' | 'soon' | 'later'

const SOON = 2 * 60 * 60_000
const DAY = 24 * 60 * 60_000

/** How near a deadline is: only what is past is coral, only the last two hours are amber. */
export function dueTone(deadline: number, now = serverNow()): DueTone {
  if (now > deadline) return 'over'
  return deadline - now <= SOON ? 'soon' : 'later'
}

/** 今天 9:30 前 · 3月5日 9:30 前 */
export function saidDue(deadline: number, now = serverNow()): string {
  const at = clock(deadline)
  if (sameDay(deadline, now)) return say(now > deadline ? 'notices.due.today_over' : 'notices.due.today', { clock: at })
  if (sameDay(deadline, now + DAY)) return say('notices.due.tomorrow', { clock: at })
  if (sameDay(deadline, now - DAY)) return say('notices.due.yesterday', { clock: at })
  return say(now > deadline ? 'notices.due.day_over' : 'notices.due.day', { day: saidDay(deadline, now), clock: at })
}

/** 还剩 2 小时 · 已过 20 分钟 */
export function saidRest(deadline: number, now = serverNow()): string {
  return saidLeft(deadline, now)
}
