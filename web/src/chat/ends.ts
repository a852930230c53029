const two = (count: number): string => String(count).padStart(2, '0')

/** The day of a moment as `<input type="date">` wants it. */
export function dayOf(at: number): string {
  const day = new Date(at)
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

/** The last moment of such a day: a group that ends on Friday is open all Friday. */
export function endOf(day: string): number {
  return new Date(`${day}T23:59:59`).getTime()
}
