import { afterEach, describe, expect, it, vi } from 'vitest'
import { offered } from '../src/chat/composing'
import { conversations } from '../src/chat/conversations'
import { forgetPicks, mentionsIn, picksOf } from '../src/chat/mentioning'
import { mayRewrite, rewrite } from '../src/chat/rewriting'
import type { Waiting } from '../src/core/local'
import type { Conversation } from '../src/wire'

const dropped = vi.hoisted(() => [] as string[])
vi.mock('../src/core/engine', () => ({
  local: () => ({ setValue: () => Promise.resolve() }),
  takeBack: (nonce: string) => dropped.push(nonce),
}))

const STREAM = 'chat:1'
const TEXT = '🎉@许诺 @徐磊 @所有人 开会'
const MENTIONS = [{ at: 1, length: 3, person: 8 }, { at: 5, length: 3, person: 7 }, { at: 9, length: 4, everyone: true }]

function refused(code: string, message: string, more: Partial<Waiting> = {}): Waiting {
  const body = { stream: STREAM, text: TEXT, mentions: MENTIONS }
  const item = { nonce: 'n1', operation: 'chat.send', body, lane: STREAM, at: 1, order: 1, state: 'failed' as const, echoes: true }
  return { ...item, refusal: { code, message }, ...more }
}

describe('a refused message', () => {
  afterEach(() => {
    dropped.length = 0
    offered.clear()
    conversations.clear()
    forgetPicks(STREAM)
  })

  it('is written anew with whom it mentions, but for who was refused', () => {
    rewrite(refused('not_in_conversation', '徐磊不在这个聊天里，@ 不到。去掉这个 @ 再发'))
    expect(offered.get(STREAM)).toBe(TEXT)
    expect(mentionsIn(TEXT, picksOf(STREAM))).toEqual([MENTIONS[0], MENTIONS[2]])
    expect(dropped).toEqual(['n1'])
  })

  it('calls everyone no more where that was refused', () => {
    rewrite(refused('forbidden', '没有权限'))
    expect(mentionsIn(TEXT, picksOf(STREAM))).toEqual([MENTIONS[0], MENTIONS[1]])
  })

  it('waits where it is with its files, and where nothing may be written', () => {
    expect(mayRewrite(refused('not_in_conversation', ''))).toBe(true)
    expect(mayRewrite(refused('no_answer', ''))).toBe(false)
    expect(mayRewrite(refused('forbidden', '', { pictures: [{}] as Waiting['pictures'] }))).toBe(false)
    expect(mayRewrite(undefined)).toBe(false)
    conversations.set(STREAM, { stream: STREAM, may_post: false } as Conversation)
    expect(mayRewrite(refused('not_in_conversation', ''))).toBe(false)
  })
})
