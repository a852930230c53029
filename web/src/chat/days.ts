import type { Day } from '../wire'

/** A page of the calendar: the month, and its weeks from Monday; null where another month's days would stand. */
export interface Month {
  year: number
  month: number
  weeks: (number | null)[][]
}

export function monthOf(at: number): Month {
  const date = new Date(at)
  return month(date.getFullYear(), date.getMonth())
}

export function month(year: number, place: number): Month {
  const first = new Date(year, place, 1)
  const length = new Date(first.getFullYear(), first.getMonth() + 1, 0).getDate()
  const before = (first.getDay() + 6) % 7
  const cells: (number | null)[] = [...Array<null>(before).fill(null), ...Array.from({ length }, (_, at) => at + 1)]
  while (cells.length % 7) cells.push(null)
  const weeks = Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7))
  return { year: first.getFullYear(), month: first.getMonth(), weeks }
}

/** Where the days of a month begin by this device's clock, and where the last one ends. */
export function edgesOf({ year, month: place }: Month): number[] {
  const length = new Date(year, place + 1, 0).getDate()
  return Array.from({ length: length + 1 }, (_, at) => new Date(year, place, at + 1).getTime())
}

/** What was said on which day of the month. */
export function byDay(days: readonly Day[]): Map<number, Day> {
  return new Map(days.map((day) => [new Date(day.at).getDate(), day]))
}
