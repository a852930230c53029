import { afterEach, describe, expect, it } from 'vitest'
import { about, compose, putBack, stopEditing, takeReply } from '../src/chat/composing'
import { menu, openMenu } from '../src/chat/menu'
import type { Bubble } from '../src/chat/rows'

const bubble = (seq: number): Bubble => ({ stream: 'chat:1', seq, state: 'sent', text: '盘点' }) as Bubble

describe('what the writing is about', () => {
  afterEach(() => {
    about.clear()
    menu.value = null
  })

  it('ends with the box when it was a change: the draft that is found there is no new text for it', () => {
    compose('edit', bubble(3))
    stopEditing('chat:1')
    expect(about.has('chat:1')).toBe(false)
    compose('reply', bubble(3))
    stopEditing('chat:1')
    expect(about.get('chat:1')?.what).toBe('reply')
  })

  it('goes with one message: what is chosen meanwhile stays, also when that one comes back', () => {
    compose('reply', bubble(3))
    const taken = takeReply('chat:1')
    expect(taken?.bubble.seq).toBe(3)
    expect(takeReply('chat:1')).toBeUndefined()
    putBack(taken)
    expect(takeReply('chat:1')?.bubble.seq).toBe(3)
    compose('reply', bubble(4))
    putBack(taken)
    expect(about.get('chat:1')?.bubble.seq).toBe(4)
  })

  it('is never taken for an answer while a text is changed', () => {
    compose('edit', bubble(3))
    expect(takeReply('chat:1')).toBeUndefined()
    expect(about.get('chat:1')?.what).toBe('edit')
  })

  it('is no message that has no place in the conversation yet', () => {
    openMenu(bubble(0), { x: 0, y: 0 })
    expect(menu.value).toBeNull()
    openMenu(bubble(1), { x: 0, y: 0 })
    expect(menu.value?.bubble.seq).toBe(1)
  })
})
