import { describe, expect, it } from 'vitest'
import { pieces } from '../../src/search/marking'

describe('a text cut at its marks', () => {
  it('counts code points, so that what lies outside the first plane moves nothing', () => {
    expect(pieces('𠮷野家👨冷柜报警', [{ start: 4, length: 2 }])).toEqual([
      { text: '𠮷野家👨', marked: false },
      { text: '冷柜', marked: true },
      { text: '报警', marked: false },
    ])
  })

  it('shows everything once, whatever the marks say', () => {
    for (const marks of [[], [{ start: 0, length: 99 }], [{ start: 9, length: 1 }], [{ start: 1, length: 1 }, { start: 1, length: 2 }]]) {
      expect(pieces('冷柜报警', marks).map(({ text }) => text).join('')).toBe('冷柜报警')
    }
  })

  it('takes markup for text', () => {
    expect(pieces('<img src=x>', [{ start: 0, length: 4 }])[0]).toEqual({ text: '<img', marked: true })
  })
})
