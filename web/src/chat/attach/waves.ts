/** So many bars stand for a voice, however long it is. */
export const BARS = 32

/** Loudness samples (0–1) as one digit in base 36 for each bar. */
export function waveOf(samples: readonly number[]): string {
  if (samples.length === 0) return ''
  const loudest = Math.max(...samples, 0.05)
  return Array.from({ length: BARS }, (_, bar) => {
    const from = Math.floor((bar * samples.length) / BARS)
    const to = Math.max(from + 1, Math.floor(((bar + 1) * samples.length) / BARS))
    const peak = Math.max(...samples.slice(from, to))
    return Math.round((35 * peak) / loudest).toString(36)
  }).join('')
}

/** Heights in percent; a voice without a wave has bars that all stand low. */
export function barsOf(wave: string): number[] {
  if (!wave) return Array.from({ length: BARS }, () => 20)
  return [...wave].map((digit) => 12 + Math.round((88 * Number.parseInt(digit, 36)) / 35))
}
