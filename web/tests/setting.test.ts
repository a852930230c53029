import { describe, expect, it } from 'vitest'
import { changesOf, settingsOf } from '../src/chat/setting'
import { endOf } from '../src/chat/ends'
import type { GroupCard } from '../src/wire'

const ends_at = endOf('2026-11-27')
const card: GroupCard = { stream: 'chat:1', title: '双十一', folder: 'project', members: 3, purpose: '陈列', announcement: '八点', slow_s: 10, ends_at }

describe('what is saved of a group', () => {
  it('is only what was changed in the form', () => {
    expect(changesOf(card, settingsOf(card))).toBeNull()
    expect(changesOf(card, { ...settingsOf(card), announcement: ' 九点 ' })).toEqual({ stream: 'chat:1', announcement: '九点' })
    expect(changesOf(card, { ...settingsOf(card), purpose: '', slow: '0' })).toEqual({ stream: 'chat:1', purpose: '', slow_s: 0 })
    expect(changesOf(card, { ...settingsOf(card), postBy: 'managers', mentionAllBy: 'administrators', pinBy: 'managers' })).toEqual({
      stream: 'chat:1',
      post_by: 'managers',
      mention_all_by: 'administrators',
      pin_by: 'managers',
    })
  })

  it('is the name and the end only of a group for a while', () => {
    const form = { ...settingsOf(card), title: '双十二', end: '2026-12-12' }
    expect(changesOf(card, form)).toEqual({ stream: 'chat:1', title: '双十二', ends_at: endOf('2026-12-12') })
    expect(changesOf({ ...card, folder: 'store' } as GroupCard, form)).toBeNull()
    expect(changesOf(card, { ...settingsOf(card), end: '' })).toBeNull()
  })
})
