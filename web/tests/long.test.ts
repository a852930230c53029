import { describe, expect, it } from 'vitest'
import { isLong, lengthOf, LONGEST } from '../src/chat/long'

describe('how long a message is', () => {
  it('is counted as the server does', () => {
    expect(lengthOf('  好的 \n')).toBe(2)
    expect(lengthOf('货'.repeat(10_000))).toBe(LONGEST)
    expect(lengthOf('😀'.repeat(10_000))).toBe(LONGEST)
    expect(lengthOf(`${'货'.repeat(10_000)} x`)).toBe(10_002)
  })

  it.each([
    ['一', false],
    [Array.from({ length: 20 }, () => '一行').join('\n'), false],
    [Array.from({ length: 21 }, () => '一行').join('\n'), true],
    ['字'.repeat(440), false],
    ['字'.repeat(441), true],
    ['a'.repeat(880), false],
    ['a'.repeat(881), true],
    ['\n'.repeat(30), true],
  ])('is folded from about twenty lines on, %#', (text, long) => expect(isLong(text)).toBe(long))
})
