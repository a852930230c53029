import { describe, expect, it } from 'vitest'
import { further, readersOf } from '../src/chat/watching'
import type { ReadTo } from '../src/wire'

const marks = new Map<number, ReadTo>([
  [2, { person: 2, read: 5, got: 5 }],
  [3, { person: 3, read: 2, got: 4 }],
  [4, { person: 4, first: 9 }],
])

describe('who has read a message', () => {
  it('counts those whose mark has reached it, of those who may see it', () => {
    expect(readersOf(marks, { seq: 4, no: 4 })).toEqual({ read: 1, got: 2, of: 2 })
    expect(readersOf(marks, { seq: 9, no: 8 })).toEqual({ read: 0, got: 0, of: 3 })
    expect(readersOf(new Map(), { seq: 1, no: 1 })).toEqual({ read: 0, got: 0, of: 0 })
  })

  it('moves marks forward only, in whatever order the news come', () => {
    const news: ReadTo[] = [{ person: 3, read: 4 }, { person: 3, read: 3 }, { person: 2, got: 1 }]
    expect(further(marks, news).get(3)).toEqual({ person: 3, read: 4, got: 4 })
    expect(further(marks, [...news].reverse())).toEqual(further(marks, news))
    expect(further(further(marks, news), news)).toEqual(further(marks, news))
  })

  it('does not count people of whom it is not known what they may see', () => {
    expect(further(marks, [{ person: 9, read: 9 }]).has(9)).toBe(false)
  })
})
