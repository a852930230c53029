/** How far the server's clock is ahead of this device's: tills and phones run off. */
let ahead = 0

export function keepServerTime(now: number): void {
  ahead = now - Date.now()
}

export function serverNow(): number {
  return Date.now() + ahead
}
