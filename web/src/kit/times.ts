import { serverNow } from '../core/clock'
import { language, say } from './i18n'

export { serverNow }

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** As a list says it: 9:30 · 昨天 · 周三 · 3月5日 · 2025年3月5日. */
export function saidShort(at: number, now = serverNow()): string {
  const days = daysBetween(at, now)
  if (days === 0) return clock(at)
  if (days === 1) return say('kit.time.yesterday')
  if (days > 1 && days < 7) return format(at, { weekday: 'short' })
  return date(at, now)
}

/** As a separator or a detail says it: 今天 9:30 · 昨天 9:30 · 3月5日 9:30. */
export function saidLong(at: number, now = serverNow()): string {
  return say('kit.time.day_and_clock', { day: saidDay(at, now), clock: clock(at) })
}

export function saidDay(at: number, now = serverNow()): string {
  const days = daysBetween(at, now)
  if (days === 0) return say('kit.time.today')
  if (days === 1) return say('kit.time.yesterday')
  if (days === -1) return say('kit.time.tomorrow')
  if (days > 1 && days < 7) return format(at, { weekday: 'long' })
  return date(at, now)
}

/** 今天 9:30 前 */
export function saidDeadline(at: number, now = serverNow()): string {
  return say('kit.time.before', { when: saidLong(at, now) })
}

/** 还剩 2 小时 · 已过 20 分钟 */
export function saidLeft(at: number, now = serverNow()): string {
  return say(at >= now ? 'kit.time.left' : 'kit.time.over', { amount: amountBetween(at, now) })
}

/** Days as the calendar has them: due the day after tomorrow is two days, at whatever hour. Hours are whole ones. */
function amountBetween(at: number, now: number): string {
  const minutes = Math.max(1, Math.round(Math.abs(at - now) / MINUTE))
  if (minutes < 60) return say('kit.time.minutes', { count: minutes }, minutes)
  if (minutes * MINUTE < DAY) return say('kit.time.hours', { count: Math.floor(minutes / 60) }, Math.floor(minutes / 60))
  const days = Math.max(1, Math.abs(daysBetween(at, now)))
  return say('kit.time.days', { count: days }, days)
}

/** Nothing left to guess, for a hover or a press. */
export function saidExactly(at: number): string {
  return format(at, { year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

/** 2026年11月 · November 2026 */
export function saidMonth(at: number): string {
  return format(at, { year: 'numeric', month: 'long' })
}

/** 一 · Mon; 1 is Monday. */
export function saidWeekday(day: number): string {
  return format(new Date(2026, 10, 22 + day).getTime(), { weekday: language() === 'en' ? 'short' : 'narrow' })
}

export function clock(at: number): string {
  return format(at, { hour: 'numeric', minute: '2-digit', hourCycle: 'h23' })
}

export function sameDay(one: number, other: number): boolean {
  return daysBetween(one, other) === 0
}

function date(at: number, now: number): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  const long = language() === 'en' ? 'short' : 'long'
  return format(at, sameYear ? { month: long, day: 'numeric' } : { year: 'numeric', month: long, day: 'numeric' })
}

function daysBetween(at: number, now: number): number {
  return Math.round((midnight(now) - midnight(at)) / DAY)
}

function midnight(at: number): number {
  const day = new Date(at)
  day.setHours(0, 0, 0, 0)
  return day.getTime()
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(at: number, options: Intl.DateTimeFormatOptions): string {
  const locale = language() === 'en' ? 'en-GB' : 'zh-CN'
  const key = locale + JSON.stringify(options)
  let made = formats.get(key)
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, options)))
  return made.format(at)
}
