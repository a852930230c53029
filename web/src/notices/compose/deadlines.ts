export type QuickDeadline = 'today_noon' | 'today_evening' | 'tomorrow_morning' | 'tomorrow_evening' | 'in_three_days'

const AHEAD = 30 * 60_000

const RULES: { key: QuickDeadline; days: number; hour: number; minute: number }[] = [
  { key: 'today_noon', days: 0, hour: 12, minute: 0 },
  { key: 'today_evening', days: 0, hour: 18, minute: 0 },
  { key: 'tomorrow_morning', days: 1, hour: 9, minute: 30 },
  { key: 'tomorrow_evening', days: 1, hour: 18, minute: 0 },
  { key: 'in_three_days', days: 3, hour: 18, minute: 0 },
]

/** The deadlines people mostly mean, without those nobody could meet any more. */
export function quickDeadlines(now: number): { key: QuickDeadline; at: number }[] {
  return RULES.map(({ key, days, hour, minute }) => {
    const day = new Date(now)
    day.setDate(day.getDate() + days)
    day.setHours(hour, minute, 0, 0)
    return { key, at: day.getTime() }
  }).filter(({ at }) => at - now >= AHEAD)
}

/** As `<input type="datetime-local">` wants it: local time, no seconds. */
export function forInput(at: number): string {
  const day = new Date(at)
  const two = (count: number) => String(count).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(day.getHours())}:${two(day.getMinutes())}`
}

export function fromInput(text: string): number | null {
  const at = new Date(text).getTime()
  return text && Number.isFinite(at) ? at : null
}
