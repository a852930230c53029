import { afterEach, describe, expect, it } from 'vitest'
import { actionsFor } from '../src/chat/actions'
import { conversations } from '../src/chat/conversations'
import type { Bubble } from '../src/chat/rows'
import { serverNow } from '../src/core/clock'
import type { Conversation } from '../src/wire'

const STREAM = 'chat:1'

function offered(): string[] {
  const bubble = { stream: STREAM, seq: 3, state: 'sent', text: '盘点', mine: true, forwarded: null, at: serverNow() }
  return actionsFor(bubble as Bubble).map((action) => action.id)
}

function group(how: Partial<Conversation>): void {
  conversations.set(STREAM, { stream: STREAM, kind: 'group', may_post: true, may_pin: true, closed: false, ...how } as Conversation)
}

describe('what is offered for a message', () => {
  afterEach(() => conversations.clear())

  it('is everything where one may write, and where nothing is known to forbid it', () => {
    const everything = ['reply', 'react', 'edit', 'recall']
    expect(offered()).toEqual(expect.arrayContaining(everything))
    group({})
    expect(offered()).toEqual(expect.arrayContaining(everything))
  })

  it('is no new word where others write: a reaction is none', () => {
    group({ may_post: false })
    expect(offered()).toEqual(expect.arrayContaining(['react', 'recall']))
    expect(offered()).not.toContain('reply')
    expect(offered()).not.toContain('edit')
  })

  it('is nothing the server refuses once a group is over: what was said can be taken back', () => {
    group({ may_post: false, may_pin: false, closed: true })
    expect(offered()).toContain('recall')
    for (const refused of ['reply', 'react', 'edit', 'pin']) expect(offered()).not.toContain(refused)
  })
})
