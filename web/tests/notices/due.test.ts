import { beforeEach, describe, expect, it } from 'vitest'
import { dueTone, saidDue, saidRest } from '../../src/notices/due'
import { speakIn } from './words'

const at = (day: number, hour: number, minute = 0): number => new Date(2026, 2, day, hour, minute).getTime()
const now = at(5, 7, 30)

describe('a deadline in Chinese', () => {
  beforeEach(() => speakIn('zh-CN'))

  it.each([
    [at(5, 9, 30), '今天 9:30 前'],
    [at(6, 18), '明天 18:00 前'],
    [at(4, 18), '昨天 18:00 截止'],
    [at(5, 7), '今天 7:00 截止'],
    [at(20, 12), '3月20日 12:00 前'],
  ])('%#', (deadline, words) => expect(saidDue(deadline, now)).toBe(words))

  it('says what is left and what has passed', () => {
    expect(saidRest(at(5, 9, 30), now)).toBe('还剩 2 小时')
    expect(saidRest(at(5, 7, 10), now)).toBe('已过 20 分钟')
  })
})

describe('a deadline in English', () => {
  beforeEach(() => speakIn('en'))

  it.each([
    [at(5, 9, 30), 'By 9:30 today'],
    [at(6, 18), 'By 18:00 tomorrow'],
    [at(4, 18), 'Was due 18:00 yesterday'],
    [at(5, 7), 'Was due 7:00 today'],
    [at(20, 12), 'By 12:00, 20 Mar'],
  ])('%#', (deadline, words) => expect(saidDue(deadline, now)).toBe(words))
})

describe('how near it is', () => {
  it('is overdue only once it has passed', () => {
    expect(dueTone(now, now)).toBe('soon')
    expect(dueTone(now - 1, now)).toBe('over')
  })

  it('is soon in the last two hours', () => {
    expect(dueTone(at(5, 9, 30), now)).toBe('soon')
    expect(dueTone(at(5, 9, 31), now)).toBe('later')
  })
})
