const FIRST = 1_000
const LONGEST = 60_000

/**
 * How long to wait before trying again, with full jitter, so that five thousand devices do not come back in one
 * moment. A hint of the server is the least, spread by half of itself.
 */
export function waitFor(tries: number, hint: number | null = null, random: () => number = Math.random): number {
  if (hint !== null && hint > 0) return hint + random() * hint * 0.5
  return random() * Math.min(LONGEST, FIRST * 2 ** Math.min(tries, 10))
}
