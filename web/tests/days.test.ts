import { describe, expect, it } from 'vitest'
import { byDay, edgesOf, month, monthOf } from '../src/chat/days'

describe("a calendar's page", () => {
  it('begins its weeks on Monday and has every day once', () => {
    // November 2026 begins on a Sunday.
    const { weeks } = month(2026, 10)
    expect(weeks[0]).toEqual([null, null, null, null, null, null, 1])
    expect(weeks.flat().filter(Boolean)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1))
    expect(weeks.every((week) => week.length === 7)).toBe(true)
  })

  it('goes over the turn of the year', () => {
    expect(month(2026, 12)).toMatchObject({ year: 2027, month: 0 })
    expect(month(2026, -1)).toMatchObject({ year: 2025, month: 11 })
  })

  it.each([[2026, 1, 29], [2028, 1, 30], [2026, 11, 32]])('%i/%i: each day ends where the next begins', (year, place, many) => {
    const edges = edgesOf(month(year, place))
    expect(edges).toHaveLength(many)
    expect(edges.every((edge, at) => new Date(edge).getHours() === 0 && (at === 0 || edge > edges[at - 1]!))).toBe(true)
    expect(monthOf(edges[0]!)).toMatchObject({ year, month: place })
  })

  it('knows what was said when', () => {
    const edges = edgesOf(month(2026, 10))
    const days = byDay([{ at: edges[22]!, no: 7, messages: 3 }])
    expect([...days.keys()]).toEqual([23])
  })
})
