import { afterEach, describe, expect, it } from 'vitest'
import { storedIn } from '../src/chat/delivering'
import { status } from '../src/core/status'
import type { Conversation } from '../src/wire'

const unread = { kind: 'direct', head_no: 7, read_no: 5, last: { seq: 9, no: 7 } } as Conversation

describe('what may be called delivered when level', () => {
  afterEach(() => Object.assign(status, { lasting: true, keeping: true }))

  it('is the last message of a direct conversation, once it is on this device', () => {
    expect(storedIn(unread, 9)).toBe(7)
    expect(storedIn(unread, 8)).toBe(0)
    expect(storedIn(unread, 0)).toBe(0)
  })

  it('is nothing that was read, and nothing of a group', () => {
    expect(storedIn({ ...unread, read_no: 7 }, 9)).toBe(0)
    expect(storedIn({ ...unread, kind: 'group' }, 9)).toBe(0)
    expect(storedIn({ ...unread, last: undefined }, 9)).toBe(0)
  })

  it('is nothing where the device keeps nothing, or takes nothing right now', () => {
    status.lasting = false
    expect(storedIn(unread, 9)).toBe(0)
    Object.assign(status, { lasting: true, keeping: false })
    expect(storedIn(unread, 9)).toBe(0)
  })
})
