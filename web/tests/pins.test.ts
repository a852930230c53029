import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { heardOf, pins, told } from '../src/chat/pins'
import { after, asEntry, type Said } from '../src/chat/later'
import type { Entry, Message, Pinned } from '../src/wire'

const thread = vi.hoisted(() => ({ entries: [] as { seq: number }[] }))
vi.mock('../src/chat/thread', () => ({ entriesAfter: (seq: number) => thread.entries.filter((one) => one.seq > seq) }))

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

interface Moment {
  /** What brought it about; nothing did at first. */
  entry?: Entry
  messages: Message[]
  pins: Pinned[]
}

/** What the server knows after each step that changes something, beginning with four messages. */
function worlds(steps: readonly (readonly [string, number])[]): Moment[] {
  const all: Moment[] = [{ messages: [1, 2, 3, 4].map((seq) => ({ ...message(seq, false), changed: 0 })), pins: [] }]
  for (const [what, target] of steps) {
    const before = all.at(-1)!
    const seq = all.length + 100
    const mine = before.messages.find((one) => one.seq === target)!
    if (mine.body.recalled_by) continue
    const step = what === 'pin' ? (mine.pinned ? off : on)(seq, target) : entry(seq, `chat.${what}ed`, target, { text: `第${seq}遍` })
    step.actor = seq
    const now = what === 'recall' ? { ...mine, body: { recalled_by: seq }, pinned: false }
      : what === 'pin' ? { ...mine, pinned: !mine.pinned } : { ...mine, body: { text: `第${seq}遍`, edited: seq } }
    const changed = { ...now, changed: seq }
    const messages = before.messages.map((one) => (one === mine ? changed : one))
    const rest = before.pins.map((one) => (one.message.seq === target ? { ...one, message: changed } : one))
    const others = rest.filter((one) => one.message.seq !== target)
    const newest = what === 'pin' && changed.pinned ? [{ message: changed, by: seq, at: seq }] : []
    all.push({ entry: step, messages, pins: what === 'edit' ? rest : [...newest, ...others] })
  }
  return all
}

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
  afterEach(() => {
    thread.entries = []
    vi.unstubAllGlobals()
  })

  it('is the page and every entry since, the last pinned first', async () => {
    heardOf(on(60, 9))
    await vi.waitFor(() => expect(seqs()).toEqual([9, 7, 5]))
    expect(pins.value.list[0]).toMatchObject({ by: 4, at: 60, said: { body: { text: '第9句' } } })
    heardOf(off(61, 7))
    heardOf(on(62, 5))
    expect(seqs()).toEqual([5, 9])
    heardOf(off(63, 8))
    heardOf(on(64, 99))
    heardOf(on(65, 10))
    // The one not for this person to see was answered before the one that is.
    await vi.waitFor(() => expect(seqs()).toEqual([10, 5, 9]))
  })

  it('is nothing of what was taken away or back while it was looked up', async () => {
    heardOf(on(60, 9))
    heardOf(entry(61, 'chat.recalled', 9))
    heardOf(on(62, 10))
    heardOf(off(63, 10))
    heardOf(on(64, 11))
    heardOf(entry(65, 'chat.edited', 11, { text: '九点' }))
    await vi.waitFor(() => expect(seqs()).toEqual([11, 7, 5]))
    expect(pins.value.list[0]?.said.body).toEqual({ text: '九点', edited: 65 })
  })

  it('is nothing that the history already knows to be taken away or back, when its entries come again', () => {
    const known = [{ ...message(9, false), changed: 62 }, { ...message(10, false), body: { recalled_by: 2 }, changed: 63 }]
    thread.entries = known.map(asEntry)
    for (const one of [on(60, 9), on(61, 10), off(62, 9), entry(63, 'chat.recalled', 10)]) heardOf(one)
    expect(seqs()).toEqual([7, 5])
  })

  it('is what the server says in the end, whatever was known before and is told again', async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('pin', 'recall', 'edit'), fc.integer({ min: 1, max: 4 })), { maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), fc.nat(), fc.nat(), fc.subarray([1, 2, 3, 4]), async (wanted, from, paged, shown, here) => {
        const world = worlds(wanted)
        const end = world.length - 1
        const page = paged % (end + 1)
        const first = Math.min(page, from % (end + 1))
        const opened = Math.max(page, shown % (end + 1))
        thread.entries = world[opened]!.messages.filter(({ seq }) => here.includes(seq)).map(asEntry)
        let now = opened
        vi.stubGlobal('fetch', (_: string, { body }: { body: string }) => {
          const [seq = 0] = (JSON.parse(body) as { seqs: number[] }).seqs
          return Promise.resolve(Response.json({ messages: world[Math.max(now, first)]!.messages.filter((one) => one.seq === seq), people: [] }))
        })
        told(STREAM, world[page]!.pins, [])
        for (let at = first + 1; at <= end; at++) {
          now = Math.max(now, at)
          const heard = world[at]!.entry!
          thread.entries = thread.entries.map((one) => (one.seq === heard.target ? after(one as Said, heard, 1) : one))
          heardOf(heard)
        }
        const shownNow = (): unknown[] => pins.value.list.map(({ said, by, at }) => [said.seq, by, at, said.body])
        const meant = world[end]!.pins.map(({ message: { seq, body }, by, at }) => [seq, by, at, body])
        await vi.waitFor(() => expect(shownNow()).toEqual(meant), { interval: 1, timeout: 200 })
      }),
      { numRuns: 200 },
    )
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
