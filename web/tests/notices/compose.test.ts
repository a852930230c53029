import { beforeEach, describe, expect, it } from 'vitest'
import { asked, emptyPart, isNobody, nobody, saidAudience, saidPart, toggled } from '../../src/notices/compose/audience'
import { forInput, fromInput, quickDeadlines } from '../../src/notices/compose/deadlines'
import { outcomeOf } from '../../src/notices/compose/publishing'
import { marked } from '../../src/notices/compose/toolbar'
import type { Waiting } from '../../src/core/local'
import { speakIn } from './words'

const managers = { code: 'store_manager', title: '店长' }
const east = { id: 2, name: '华东大区' }
const baking = { positions: [managers], units: [east], attributes: { 烘焙: '有' } }

describe('an audience', () => {
  beforeEach(() => speakIn('zh-CN'))

  it('reads as a sentence', async () => {
    expect(saidPart(baking)).toBe('华东大区 的 店长，门店 烘焙=有')
    expect(saidPart(emptyPart())).toBe('全公司 的 所有岗位')
    await speakIn('en')
    expect(saidPart({ ...baking, positions: [{ code: 'x', title: 'Store managers' }] })).toBe(
      'Store managers in 华东大区, in stores with 烘焙: 有',
    )
    expect(saidPart(emptyPart())).toBe('Everyone in the whole company')
  })

  it('names the first three and counts the rest', () => {
    const units = ['上海', '南京', '杭州', '苏州', '合肥'].map((name, id) => ({ id, name }))
    expect(saidPart({ ...emptyPart(), units })).toBe('上海、南京、杭州 等 5 个 的 所有岗位')
  })

  it('says who is added and left out by name', () => {
    const people = [{ id: 1, name: '李雷' }]
    const lines = saidAudience({ parts: [baking], people, without: [{ id: 2, name: '韩梅梅' }] })
    expect(lines.slice(1)).toEqual(['另外点名：李雷', '不发给：韩梅梅'])
  })

  it('is asked for by number', () => {
    expect(asked({ parts: [baking], people: [], without: [] })).toEqual({
      parts: [{ units: [2], positions: ['store_manager'], attributes: { 烘焙: '有' } }],
      people: [],
      without: [],
    })
    expect(isNobody(nobody())).toBe(true)
    expect(isNobody({ ...nobody(), without: [{ id: 2, name: '韩梅梅' }] })).toBe(true)
  })

  it('takes one in and out again', () => {
    const same = (one: number, other: number): boolean => one === other
    expect(toggled([1, 2], 3, same)).toEqual([1, 2, 3])
    expect(toggled([1, 2, 3], 2, same)).toEqual([1, 3])
  })
})

describe('deadlines', () => {
  it('offers only what can still be met', () => {
    const evening = new Date(2026, 2, 5, 17, 45).getTime()
    expect(quickDeadlines(evening).map((one) => one.key)).toEqual(['tomorrow_morning', 'tomorrow_evening', 'in_three_days'])
  })

  it('go through the field and back', () => {
    const at = new Date(2026, 2, 5, 9, 30).getTime()
    expect(forInput(at)).toBe('2026-03-05T09:30')
    expect(fromInput(forInput(at))).toBe(at)
    expect(fromInput('')).toBeNull()
  })
})

describe('the toolbar', () => {
  it('makes bold and takes it back', () => {
    const once = marked({ text: '今天停售', start: 2, end: 4 }, 'bold', '文字')
    expect(once).toEqual({ text: '今天**停售**', start: 4, end: 6 })
    expect(marked(once, 'bold', '文字')).toEqual({ text: '今天停售', start: 2, end: 4 })
  })

  it('puts signs before every chosen line and takes them away', () => {
    const once = marked({ text: '一\n二', start: 0, end: 3 }, 'numbers', '')
    expect(once.text).toBe('1. 一\n2. 二')
    expect(marked({ ...once, start: 0 }, 'numbers', '').text).toBe('一\n二')
  })

  it('leaves the cursor where the address goes', () => {
    const { text, start, end } = marked({ text: '', start: 0, end: 0 }, 'link', '文字')
    expect(text).toBe('[文字](https://)')
    expect(text.slice(start, end)).toBe('https://')
  })
})

describe('publishing', () => {
  const item: Waiting = {
    nonce: 'n1',
    operation: 'notices.publish',
    body: {},
    lane: 'notices.publish',
    at: 0,
    order: 1,
    state: 'waiting',
    echoes: true,
  }

  it('says nothing before the server has', () => {
    expect(outcomeOf(null, [])).toEqual({ state: 'none' })
    expect(outcomeOf('n1', [item])).toEqual({ state: 'waiting' })
  })

  it('is done with the answer, or when its own entry came first', () => {
    expect(outcomeOf('n1', [{ ...item, state: 'sent', answer: { notice: 9 } }])).toEqual({ state: 'done', notice: 9 })
    expect(outcomeOf('n1', [])).toEqual({ state: 'done', notice: null })
  })

  it('is refused in the server’s words', () => {
    const refusal = { code: 'audience_out_of_scope', message: '不在范围内' }
    expect(outcomeOf('n1', [{ ...item, state: 'failed', refusal }])).toMatchObject({ state: 'refused', message: '不在范围内' })
  })
})
