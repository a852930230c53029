/** Characters a person reads in a minute on a phone, held in one hand. */
const PACE = 350
const LEAST = 2_000
const MOST = 15_000
const MINUTE = 60_000

/**
 * How long a body must be in view before it counts as read. Ideographs count one each; a word written in letters is
 * read about as fast as two of them, however long it is.
 */
export function readingTime(text: string): number {
  const ideographs = text.match(/[\u3400-\u9fff]/g)?.length ?? 0
  const words = text.replace(/[\u3400-\u9fff]/g, ' ').match(/[\p{L}\p{N}]+/gu)?.length ?? 0
  const needed = ((ideographs + words * 2) / PACE) * MINUTE
  return Math.round(Math.min(MOST, Math.max(LEAST, needed)))
}

export interface Reading {
  needed: number // ms
  seen: number // ms in view so far
  end: boolean // whether the end of the body has been in view
  since: number | null // when it last came into view; null while out of sight
}

export interface Sight {
  body: boolean // any of the body on the screen
  end: boolean // its end on the screen
  page: boolean // the page itself in front, the screen on
}

export function startReading(text: string): Reading {
  return { needed: readingTime(text), seen: 0, end: false, since: null }
}

/** What is known after looking again at `now`. A clock that jumps back adds nothing. */
export function look(reading: Reading, sight: Sight, now: number): Reading {
  const passed = reading.since === null ? 0 : Math.max(0, now - reading.since)
  const inView = sight.page && sight.body
  return {
    needed: reading.needed,
    seen: reading.seen + passed,
    end: reading.end || (sight.page && sight.end),
    since: inView ? now : null,
  }
}

export function isRead(reading: Reading): boolean {
  return reading.end && reading.seen >= reading.needed
}
