import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Feed } from '../src/core/feed'
import { nothing } from '../src/core/journal'
import type { Batch, Local, Waiting } from '../src/core/local'
import { openLasting, wipeLasting } from '../src/core/local_dexie'
import { Memory } from '../src/core/local_memory'
import { receiptsOwed } from '../src/core/receiving'
import type { Entry } from '../src/wire'

function message(seq: number, no: number | null = seq, stream = 'chat:1'): Entry {
  return { stream, seq, at: seq, actor: 2, kind: no ? 'chat.message' : 'group.members', body: {}, ...(no ? { no } : {}) }
}

function notice(id: number): Entry {
  return { stream: `notice:${id}`, seq: 1, at: 1, actor: 2, kind: 'notice.published', body: { notice: id } }
}

const world = { stored: () => undefined, keeping: () => undefined }

const batch = (part: Partial<Batch>): Batch => ({ dropped: [], left: [], entries: [], cursors: {}, owed: [], ...part })

const item = (nonce: string, order: number): Waiting => ({
  nonce,
  operation: 'chat.send',
  body: {},
  lane: 'chat:1',
  at: 1,
  order,
  state: 'waiting',
  echoes: true,
})

describe.each([
  ['lasting', () => openLasting(1)],
  ['in memory', async () => new Memory() as Local],
])('what a device keeps, %s', (_, open) => {
  let local: Local

  beforeEach(async () => {
    local = await open()
  })
  afterEach(() => local.wipe())

  it('reads messages by no, before and after, and everything by seq', async () => {
    const entries = [message(1, 1), message(2, null), message(3, 2), message(4, 3), message(1, 1, 'chat:2')]
    await local.keep(batch({ entries, cursors: { 'chat:1': 4, 'chat:2': 1 } }))
    const nos = async (range: { before?: number; after?: number; limit: number }): Promise<unknown> =>
      (await local.messages('chat:1', range)).map((entry) => entry.no)
    expect(await nos({ limit: 2 })).toEqual([2, 3])
    expect(await nos({ before: 3, limit: 9 })).toEqual([1, 2])
    expect(await nos({ after: 1, limit: 1 })).toEqual([2])
    expect((await local.between('chat:1', 2, 3)).map((entry) => entry.seq)).toEqual([2, 3])
    expect(await local.cursors()).toEqual({ 'chat:1': 4, 'chat:2': 1 })
  })

  it('forgets a stream that was left and starts one over', async () => {
    await local.keep(batch({ entries: [message(1), message(1, 1, 'chat:2')], cursors: { 'chat:1': 1, 'chat:2': 9 } }))
    await local.keep(batch({ left: ['chat:1'], dropped: ['chat:2'], entries: [message(3, 3, 'chat:2')], cursors: { 'chat:2': 3 } }))
    expect(await local.between('chat:1', 0, 99)).toEqual([])
    expect((await local.between('chat:2', 0, 99)).map((entry) => entry.seq)).toEqual([3])
    expect(await local.cursors()).toEqual({ 'chat:2': 3 })
  })

  it('keeps what waits in its order', async () => {
    await local.setWaiting(item('later-nonce', 2))
    await local.setWaiting(item('first-nonce', 1))
    expect((await local.outbox()).map((one) => one.nonce)).toEqual(['first-nonce', 'later-nonce'])
    await local.dropWaiting('first-nonce')
    expect(await local.outbox()).toHaveLength(1)
  })
})

describe('a lasting store', () => {
  it('is there again after the page was closed, and gone after the wipe', async () => {
    const first = await openLasting(7)
    await first.keep(batch({ entries: [message(1)], cursors: { 'chat:1': 1 } }))
    expect(await (await openLasting(7)).cursors()).toEqual({ 'chat:1': 1 })
    await wipeLasting(7)
    expect(await (await openLasting(7)).cursors()).toEqual({})
    await wipeLasting(7)
  })

  it('does not move a cursor back when a slower tab writes', async () => {
    const local = await openLasting(8)
    await local.keep(batch({ cursors: { 'chat:1': 12 } }))
    await local.keep(batch({ cursors: { 'chat:1': 10 } }))
    expect(await local.cursors()).toEqual({ 'chat:1': 12 })
    await local.wipe()
  })
})

describe('persist, then show', () => {
  const owe = (entries: Entry[]): Waiting[] =>
    receiptsOwed(entries, { prepare: (intent) => ({ ...item('receipt-nonce', 1), ...intent, echoes: false }) })

  it('writes the receipt of a notice in the same breath as the notice', async () => {
    const local = await openLasting(9)
    const shown: Batch[] = []
    const feed = new Feed({ ...world, local, owed: owe, kept: (one) => shown.push(one) })
    await feed.put({ ...nothing(), entries: [notice(5), notice(6)], cursors: { 'notice:5': 1, 'notice:6': 1 } })
    expect((await local.outbox())[0]).toMatchObject({ operation: 'notices.receive', body: { notices: [5, 6] } })
    expect(shown[0]?.owed).toHaveLength(1)
    await local.wipe()
  })

  it('calls nothing delivered that is gone with the page', async () => {
    const local = new Memory()
    const feed = new Feed({ ...world, local, owed: owe, kept: () => undefined })
    await feed.put({ ...nothing(), entries: [notice(5)] })
    expect(await local.outbox()).toEqual([])
  })

  it('shows what could not be stored, and does not call it delivered', async () => {
    const local = new Memory()
    Object.assign(local, { lasting: true, keep: () => Promise.reject(new Error('full')) })
    const shown: Batch[] = []
    await new Feed({ ...world, local, owed: owe, kept: (one) => shown.push(one) }).put({ ...nothing(), entries: [notice(5)] })
    expect(shown[0]?.entries).toHaveLength(1)
    expect(shown[0]?.owed).toEqual([])
  })

  it('stores what it could not store together with what comes next, and says it then', async () => {
    const local = await openLasting(10)
    const keep = local.keep.bind(local)
    let full = true
    local.keep = (one) => (full ? Promise.reject(new Error('full')) : keep(one))
    const shown: Batch[] = []
    const feed = new Feed({ ...world, local, owed: owe, kept: (one) => shown.push(one) })
    await feed.put({ ...nothing(), entries: [message(1), notice(5)], cursors: { 'chat:1': 1, 'notice:5': 1 } })
    await feed.put({ ...nothing(), entries: [message(2)], cursors: { 'chat:1': 2 } })
    expect(await local.cursors()).toEqual({})
    full = false
    await feed.put({ ...nothing(), entries: [message(3)], cursors: { 'chat:1': 3 } })
    expect((await local.between('chat:1', 0, 99)).map((entry) => entry.seq)).toEqual([1, 2, 3])
    expect(await local.cursors()).toEqual({ 'chat:1': 3, 'notice:5': 1 })
    expect(await local.outbox()).toHaveLength(1)
    expect(shown.map((one) => one.entries.length)).toEqual([2, 1, 1])
    expect(shown.map((one) => one.owed.length)).toEqual([0, 0, 1])
    await feed.put({ ...nothing(), entries: [message(4)], cursors: { 'chat:1': 4 } })
    expect(shown[3]?.owed).toEqual([])
    await local.wipe()
  })

  it('writes what comes in one moment together', async () => {
    const local = new Memory()
    const shown: Batch[] = []
    const feed = new Feed({ ...world, local, owed: owe, kept: (one) => shown.push(one) })
    const all = [1, 2, 3, 4, 5].map((seq) => feed.put({ ...nothing(), entries: [message(seq)] }))
    await Promise.all(all)
    expect(shown.length).toBeLessThanOrEqual(2)
    expect(shown.flatMap((one) => one.entries.map((entry) => entry.seq))).toEqual([1, 2, 3, 4, 5])
  })
})
