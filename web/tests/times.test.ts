import { describe, expect, it } from 'vitest'
import { saidLeft } from '../src/kit/times'
import { speakIn } from './notices/words'

const at = (day: number, hour: number, minute = 0, second = 0): number =>
  new Date(2026, 2, day, hour, minute, second).getTime()

describe('what is left until a deadline', () => {
  it.each([
    // now is Thursday 5 March, 18:00
    [at(5, 18, 0, 1), '还剩 1 分钟', '1 min left'],
    [at(5, 18, 59, 29), '还剩 59 分钟', '59 min left'],
    [at(5, 18, 59, 59), '还剩 1 小时', '1 hour left'],
    [at(5, 19, 59), '还剩 1 小时', '1 hour left'],
    [at(5, 20), '还剩 2 小时', '2 hours left'],
    [at(6, 9), '还剩 15 小时', '15 hours left'],
    [at(6, 17, 59), '还剩 23 小时', '23 hours left'],
    [at(6, 18), '还剩 1 天', '1 day left'],
    [at(6, 23, 59), '还剩 1 天', '1 day left'],
    [at(7, 0), '还剩 2 天', '2 days left'],
    [at(7, 9), '还剩 2 天', '2 days left'],
    [at(7, 23, 59), '还剩 2 天', '2 days left'],
    [at(8, 18), '还剩 3 天', '3 days left'],
    [at(9, 17, 59), '还剩 4 天', '4 days left'],
    [at(5, 17, 59, 59), '已过 1 分钟', '1 min overdue'],
    [at(5, 16, 1), '已过 1 小时', '1 hour overdue'],
    [at(4, 18, 1), '已过 23 小时', '23 hours overdue'],
    [at(4, 18), '已过 1 天', '1 day overdue'],
    [at(3, 23), '已过 2 天', '2 days overdue'],
  ])('is said as the calendar has it, %#', async (deadline, zh, en) => {
    const now = at(5, 18)
    await speakIn('zh-CN')
    expect(saidLeft(deadline, now)).toBe(zh)
    await speakIn('en')
    expect(saidLeft(deadline, now)).toBe(en)
  })

  it('counts the days of the calendar early in the morning too', async () => {
    await speakIn('zh-CN')
    expect(saidLeft(at(8, 23, 59), at(5, 0, 1))).toBe('还剩 3 天')
    expect(saidLeft(at(7, 0, 1), at(5, 0, 0))).toBe('还剩 2 天')
  })
})
