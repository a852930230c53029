import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { isRead, look, readingTime, startReading, type Reading, type Sight } from '../../src/notices/reading'

const seen: Sight = { body: true, end: true, page: true }
const text = '停'.repeat(35) // six seconds at 350 a minute

function after(...steps: [number, Sight][]): Reading {
  return steps.reduce((reading, [at, sight]) => look(reading, sight, at), startReading(text))
}

describe('the reading time', () => {
  it('is two seconds for a line, fifteen for a page', () => {
    expect(readingTime('今天停售')).toBe(2_000)
    expect(readingTime('停'.repeat(1_000))).toBe(15_000)
  })

  it('follows the length in between', () => expect(readingTime(text)).toBe(6_000))

  it('counts words, not letters, where words are written in letters', () => {
    expect(readingTime(Array.from({ length: 20 }, () => 'refrigerated').join(' '))).toBe(6_857)
  })
})

describe('a body', () => {
  it('is read once it was in view long enough, with its end', () => {
    expect(isRead(after([0, seen], [5_999, seen]))).toBe(false)
    expect(isRead(after([0, seen], [6_000, seen]))).toBe(true)
  })

  it('is not read when its end was never reached', () => {
    expect(isRead(after([0, { ...seen, end: false }], [60_000, { ...seen, end: false }]))).toBe(false)
  })

  it('does not count time behind another window or out of sight', () => {
    const hidden = { ...seen, page: false }
    expect(isRead(after([0, seen], [3_000, hidden], [60_000, seen], [62_999, seen]))).toBe(false)
    expect(isRead(after([0, seen], [3_000, hidden], [60_000, seen], [63_000, seen]))).toBe(true)
    expect(isRead(after([0, { ...seen, body: false }], [60_000, { ...seen, body: false }]))).toBe(false)
  })

  it('remembers that its end was seen earlier', () => {
    const above = { ...seen, end: false }
    expect(isRead(after([0, seen], [1_000, above], [6_000, above]))).toBe(true)
  })

  it('never counts more than passed while it was in view', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5_000), fc.boolean(), fc.boolean())), (steps) => {
        let now = 0
        let inView = 0
        let was = false
        let reading = startReading(text)
        for (const [passed, body, page] of steps) {
          now += passed
          if (was) inView += passed
          was = body && page
          reading = look(reading, { body, page, end: false }, now)
        }
        return reading.seen === inView && !isRead(reading)
      }),
    )
  })
})
