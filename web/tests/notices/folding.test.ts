import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import type { Entry, NoticeBrief, RecipientState } from '../../src/wire'
import { further, inOrderOfDuty, isDone, isUnread, published, put, reached, renew } from '../../src/notices/folding'

const zhang = { id: 3, name: '张敏', title: '营运总监', unit: '总部' }

function brief(notice: number, more: Partial<NoticeBrief> = {}): NoticeBrief {
  return {
    notice,
    stream: `notice:${notice}`,
    title: `通知 ${notice}`,
    preview: '',
    at: notice,
    publisher: zhang,
    must_confirm: true,
    urgency: 'normal',
    my_state: 'delivered',
    ...more,
  }
}

const states = fc.constantFrom<RecipientState>('queued', 'delivered', 'read', 'confirmed')

describe('what is owed', () => {
  it('puts confirming first, urgent above, then the nearest deadline, then the newest', () => {
    const read = brief(1, { must_confirm: false, urgency: 'urgent' })
    const later = brief(2, { deadline: 200 })
    const sooner = brief(3, { deadline: 100 })
    const urgent = brief(4, { urgency: 'urgent' })
    const open = brief(5)
    const newest = brief(6)
    const order = inOrderOfDuty([read, later, open, sooner, newest, urgent]).map((one) => one.notice)
    expect(order).toEqual([4, 3, 2, 6, 5, 1])
  })

  it('is done by confirming, or by reading where that is all that is asked', () => {
    expect(isDone(brief(1, { my_state: 'read' }))).toBe(false)
    expect(isDone(brief(1, { my_state: 'confirmed' }))).toBe(true)
    expect(isDone(brief(1, { must_confirm: false, my_state: 'read' }))).toBe(true)
    expect(isUnread(brief(1, { my_state: null }))).toBe(true)
  })
})

describe('states', () => {
  it('never go back, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(states, { minLength: 1 }), (all) => {
        const list = all.reduce((now, state) => reached(now, 7, state), [brief(7, { my_state: 'queued' })])
        return list[0]!.my_state === all.reduce((one, other) => further(one, other))
      }),
    )
  })

  it('known here stay when an older list arrives', () => {
    const list = renew([brief(7, { my_state: 'confirmed' })], [brief(7, { my_state: 'delivered' }), brief(8)])
    expect(list.map((one) => one.my_state)).toEqual(['confirmed', 'delivered'])
  })

  it('are not the publisher’s, who only follows', () => {
    expect(renew([], [brief(7, { my_state: null })])[0]!.my_state).toBeNull()
  })
})

describe('a notice that comes', () => {
  const entry: Entry = {
    stream: 'notice:9',
    seq: 1,
    at: 1_000,
    actor: 3,
    kind: 'notice.published',
    body: {
      notice: 9,
      title: '全国停售',
      text: '## 马上\n- **下架** 批次 [0312](https://x.cn)',
      must_confirm: true,
      urgency: 'urgent',
      deadline: null,
      files: [],
      publisher: zhang,
      recipients: 300,
    },
  }

  it('shows with the words of its text', () => expect(published(entry).preview).toBe('马上 下架 批次 0312'))

  it('is there once, however often it comes', () => {
    const list = put(put([brief(8)], published(entry)), published(entry))
    expect(list.map((one) => one.notice)).toEqual([9, 8])
  })
})
