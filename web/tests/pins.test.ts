import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { heardOf, pins, told } from '../src/chat/pins'
import { after, type Said } from '../src/chat/later'
import type { Entry, Message, Pinned } from '../src/wire'

const STREAM = 'chat:1'

function message(seq: number, pinned = true): Message {
  return { stream: STREAM, seq, no: seq, at: seq, author: 2, body: { text: `第${seq}句` }, changed: 50, pinned }
}

const page = (...seqs: number[]): Pinned[] => seqs.map((seq) => ({ message: message(seq), by: 3, at: 50 + seq }))

function entry(seq: number, kind: string, target: number, body: object = {}, stream = STREAM): Entry {
  return { stream, seq, at: seq, actor: 4, kind, target, body: { ...body } }
}

const on = (seq: number, target: number): Entry => entry(seq, 'chat.pinned', target, { on: true })
const off = (seq: number, target: number): Entry => entry(seq, 'chat.pinned', target, { on: false })
const seqs = (): number[] => pins.value.list.map((one) => one.said.seq)

describe('what is pinned', () => {
  beforeEach(() => {
    // What is not here is looked up.
    vi.stubGlobal('fetch', (_: string, { body }: { body: string }) => {
      const [seq = 0] = (JSON.parse(body) as { seqs: number[] }).seqs
      return Promise.resolve(Response.json({ messages: seq < 90 ? [message(seq)] : [], people: [] }))
    })
    told(STREAM, page(7, 5), [])
  })
  afterEach(() => void vi.unstubAllGlobals())

  it('is the page and every entry since, the last pinned first', async () => {
    heardOf(on(60, 9))
    await vi.waitFor(() => expect(seqs()).toEqual([9, 7, 5]))
    expect(pins.value.list[0]).toMatchObject({ by: 4, at: 60, said: { body: { text: '第9句' } } })
    heardOf(off(61, 7))
    heardOf(on(62, 5))
    expect(seqs()).toEqual([5, 9])
    heardOf(off(63, 8))
    heardOf(on(64, 99))
    await Promise.resolve()
    expect(seqs()).toEqual([5, 9])
  })

  it('is what a page says and what was heard while it was on its way, even doubled', () => {
    told(STREAM, page(7, 5), [off(40, 5), on(45, 5), on(57, 7), entry(58, 'chat.pinned', 5, { on: false }, 'chat:2')])
    expect(seqs()).toEqual([7, 5])
    told(STREAM, page(7, 5), [entry(60, 'chat.recalled', 7)])
    expect(seqs()).toEqual([5])
  })

  it('says what the message says now, and nothing of one that was taken back', () => {
    heardOf(entry(60, 'chat.edited', 5, { text: '九点' }))
    expect(pins.value.list[1]?.said.body).toEqual({ text: '九点', edited: 60 })
    heardOf(entry(61, 'chat.reacted', 5, { emoji: '👍', on: true }))
    heardOf(entry(62, 'chat.recalled', 5))
    expect(seqs()).toEqual([7])
    heardOf(entry(63, 'chat.recalled', 7, {}, 'chat:2'))
    expect(seqs()).toEqual([7])
  })
})

describe('a message', () => {
  it('knows whether it is pinned, until it is taken back', () => {
    const said: Said = { stream: STREAM, seq: 1, no: 1, at: 1, actor: 2, kind: 'chat.message', body: { text: '早' } }
    const pinned = after(said, on(2, 1), 1)
    expect([pinned.pinned, pinned.changed]).toEqual([true, 2])
    expect(after(pinned, off(3, 1), 1).pinned).toBe(false)
    expect(after(pinned, entry(3, 'chat.recalled', 1), 1).pinned).toBe(false)
    expect(after(pinned, off(1, 1), 1)).toBe(pinned)
  })
})
