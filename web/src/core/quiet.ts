import type { QuietHours } from '../wire'

export const NEVER: Required<QuietHours> = {
  on: false,
  from_minute: 22 * 60,
  until_minute: 8 * 60,
  days: [],
  time_zone: 'Asia/Shanghai',
}

/** What wants to be heard. */
export interface Calling {
  what: 'message' | 'notice'
  /** A notice that must be confirmed, or is urgent. */
  must?: boolean
  /** A message that means the reader, said by name or to everyone by who may. */
  mentioned?: boolean
  /** From a conversation the reader has muted. */
  muted?: boolean
}

/**
 * Whether something may make itself heard. Must-reads always; who is called by name also in a muted conversation, and in
 * quiet hours; the rest neither here nor there.
 */
export function mayRing(calling: Calling, quiet: boolean): boolean {
  if (calling.must || calling.mentioned) return true
  return !quiet && !calling.muted
}

/** Whether these are quiet hours at a moment, by the clocks where the person belongs. */
export function isQuiet(hours: QuietHours, at: number): boolean {
  const { on, from_minute: from, until_minute: until, days, time_zone } = { ...NEVER, ...hours }
  if (!on || from === until) return false
  const { minute, day } = clockOf(at, time_zone)
  const begins = (on: number): boolean => days.length === 0 || days.includes(on)
  if (from < until) return minute >= from && minute < until && begins(day)
  // Past midnight they belong to the day on which they began.
  return (minute >= from && begins(day)) || (minute < until && begins(day === 1 ? 7 : day - 1))
}

/** When what holds now may change next: the coming begin or end. */
export function nextTurn(hours: QuietHours, at: number): number {
  const { from_minute: from, until_minute: until, time_zone } = { ...NEVER, ...hours }
  const { minute, second } = clockOf(at, time_zone)
  const away = Math.min(...[from, until].map((turn) => (turn - minute + DAY - 1) % DAY) ) + 1
  return at + away * 60_000 - second * 1000
}

const DAY = 24 * 60
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const formats = new Map<string, Intl.DateTimeFormat>()

function clockOf(at: number, zone: string): { minute: number; second: number; day: number } {
  let format = formats.get(zone)
  if (!format) {
    const how = { weekday: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
    try {
      format = new Intl.DateTimeFormat('en-US', { ...how, timeZone: zone })
    } catch {
      // A zone this browser does not know: its own clock is the next best.
      format = new Intl.DateTimeFormat('en-US', how)
    }
    formats.set(zone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    minute: Number(parts.hour) * 60 + Number(parts.minute),
    second: Number(parts.second),
    day: WEEKDAYS.indexOf(parts.weekday ?? 'Mon') + 1,
  }
}
