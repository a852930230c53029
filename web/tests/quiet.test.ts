import { describe, expect, it } from 'vitest'
import { isQuiet, mayRing, nextTurn } from '../src/core/quiet'

const night = { on: true, from_minute: 22 * 60, until_minute: 8 * 60, days: [] }
/** 2026-11-23 is a Monday. */
const at = (day: number, clock: string, offset = '+08:00'): number => Date.parse(`2026-11-${day}T${clock}:00${offset}`)

describe('quiet hours', () => {
  it.each([
    ['before they begin', 23, '21:59', false],
    ['as they begin', 23, '22:00', true],
    ['past midnight', 24, '00:30', true],
    ['their last minute', 24, '07:59', true],
    ['as they end', 24, '08:00', false],
  ] as const)('%s', (_, day, clock, quiet) => expect(isQuiet(night, at(day, clock))).toBe(quiet))

  it('are off where they are off, and never all day', () => {
    expect(isQuiet({ ...night, on: false }, at(23, '23:00'))).toBe(false)
    expect(isQuiet({ ...night, until_minute: 22 * 60 }, at(23, '23:00'))).toBe(false)
    expect(isQuiet({}, at(23, '23:00'))).toBe(false)
  })

  it.each([
    ['the night that begins on Friday', 27, '23:00', true],
    ['lasts into Saturday morning', 28, '07:00', true],
    ['Saturday night is not named', 28, '23:00', false],
    ['nor Sunday morning', 29, '07:00', false],
  ] as const)('belong to the day they begin: %s', (_, day, clock, quiet) =>
    expect(isQuiet({ ...night, days: [5] }, at(day, clock))).toBe(quiet),
  )

  it('within one day, at noon', () => {
    const noon = { on: true, from_minute: 12 * 60, until_minute: 13 * 60 + 30, days: [1] }
    expect([at(23, '11:59'), at(23, '12:00'), at(23, '13:29'), at(23, '13:30'), at(24, '12:30')].map((one) => isQuiet(noon, one))).toEqual([
      false, true, true, false, false,
    ])
  })

  it('go by the clocks where the person belongs, also where no browser knows the place', () => {
    expect(isQuiet({ ...night, time_zone: 'Asia/Urumqi' }, at(23, '23:00'))).toBe(false)
    expect(isQuiet({ ...night, time_zone: 'Asia/Urumqi' }, at(24, '00:30'))).toBe(true)
    expect(() => isQuiet({ ...night, time_zone: 'Moon/Tycho' }, at(23, '23:00'))).not.toThrow()
  })

  it.each([
    [23, '21:00', 23, '22:00'],
    [23, '22:00', 24, '08:00'],
    [23, '23:59', 24, '08:00'],
    [24, '07:59', 24, '08:00'],
    [24, '08:00', 24, '22:00'],
  ] as const)('turn next after %i. %s', (day, clock, next, turn) => expect(nextTurn(night, at(day, clock) + 15_000)).toBe(at(next, turn)))
})

describe('what may be heard', () => {
  it.each([
    [{ what: 'message' }, true, false],
    [{ what: 'message', muted: true }, false, false],
    [{ what: 'message', mentioned: true }, true, true],
    [{ what: 'message', mentioned: true, muted: true }, true, true],
    [{ what: 'notice' }, true, false],
    [{ what: 'notice', must: true }, true, true],
  ] as const)('%j', (calling, awake, quiet) => {
    expect(mayRing(calling, false)).toBe(awake)
    expect(mayRing(calling, true)).toBe(quiet)
  })
})
