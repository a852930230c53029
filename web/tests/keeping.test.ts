import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Feed } from '../src/core/feed'
import { nothing } from '../src/core/journal'
import { Memory } from '../src/core/local_memory'
import type { Entry } from '../src/wire'

const entry = (seq: number, nonce?: string): Entry => ({
  stream: 'chat:1',
  seq,
  no: seq,
  at: seq,
  actor: 1,
  kind: 'chat.message',
  body: {},
  ...(nonce ? { nonce } : {}),
})

/** A device that may be full for a while. */
class Device extends Memory {
  full = false
  tries = 0

  override async keep(batch: Parameters<Memory['keep']>[0]): Promise<void> {
    this.tries++
    if (this.full) throw new Error('full')
    return super.keep(batch)
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.doUnmock('../src/core/local')
  vi.resetModules()
})

describe('a device that does not take what comes', () => {
  const open = (local: Memory) => {
    const said: boolean[] = []
    const stored: number[] = []
    const feed = new Feed({
      local,
      owed: () => [],
      kept: () => undefined,
      stored: (batch) => stored.push(...batch.entries.map((one) => one.seq)),
      keeping: (works) => said.push(works),
    })
    return { feed, said, stored }
  }

  it('is tried again by itself, ever more rarely, and says so until it works', async () => {
    const local = new Device()
    local.full = true
    const { feed, said, stored } = open(local)
    void feed.put({ ...nothing(), entries: [entry(1)], cursors: { 'chat:1': 1 } })
    await vi.advanceTimersByTimeAsync(120_000)
    expect(local.tries).toBeGreaterThan(3)
    expect(local.tries).toBeLessThan(60)
    expect([said, stored]).toEqual([[false], []])
    expect(feed.storedTo('chat:1')).toBe(0)
    local.full = false
    await vi.advanceTimersByTimeAsync(61_000)
    expect([said, stored]).toEqual([[false, true], [1]])
    expect(await local.cursors()).toEqual({ 'chat:1': 1 })
    expect(feed.storedTo('chat:1')).toBe(1)
    const { tries } = local
    await vi.advanceTimersByTimeAsync(600_000)
    expect(local.tries).toBe(tries)
  })

  it('is left alone once the person has gone', async () => {
    const local = new Device()
    local.full = true
    const { feed } = open(local)
    void feed.put({ ...nothing(), entries: [entry(1)], cursors: { 'chat:1': 1 } })
    await vi.advanceTimersByTimeAsync(10)
    feed.stop()
    const { tries } = local
    local.full = false
    await vi.advanceTimersByTimeAsync(600_000)
    expect(local.tries).toBe(tries)
  })
})

class Socket {
  static last: Socket
  readyState = 1
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: unknown = null
  asked: { ref: number; nonce: string; op: string }[] = []

  constructor() {
    Socket.last = this
  }

  send(text: string): void {
    const frame = JSON.parse(text) as { t: string; ref: number; nonce: string; op: string }
    if (frame.t === 'do') this.asked.push(frame)
  }
  close(): void {}

  hear(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

describe('a message that the server has taken', () => {
  it('stays with the device, whatever is reloaded when, until its entry is stored', async () => {
    vi.resetModules()
    const local = new Device()
    vi.doMock('../src/core/local', () => ({ openLocal: async () => local }))
    vi.stubGlobal('WebSocket', Socket)
    vi.stubGlobal('location', { protocol: 'http:', host: 'x' })
    vi.stubGlobal('document', { createElement: () => ({}), addEventListener() {}, removeEventListener() {}, visibilityState: 'visible' })
    vi.stubGlobal('addEventListener', () => undefined)
    vi.stubGlobal('removeEventListener', () => undefined)
    vi.stubGlobal('navigator', {})
    const level = { streams: [{ stream: 'chat:1', head: 0 }], whole: true, entries: [], start_over: [], more: false, now: 1 }
    vi.stubGlobal('fetch', async () => new Response(JSON.stringify(level)))
    const { openEngine, post, startEngine, stopEngine } = await import('../src/core/engine')
    const { status } = await import('../src/core/status')
    await openEngine(1, { reducers: {}, language: () => 'en', ended: () => undefined, leftElsewhere: () => undefined })
    await startEngine()
    Socket.last.onopen?.()
    Socket.last.hear({ t: 'welcome', person: 1, now: 1 })
    await vi.advanceTimersByTimeAsync(10)

    local.full = true
    await post({ operation: 'chat.send', body: { stream: 'chat:1', text: '货到了' }, lane: 'chat:1', echoes: true })
    await vi.advanceTimersByTimeAsync(10)
    const { ref, nonce } = Socket.last.asked.find((one) => one.op === 'chat.send')!
    Socket.last.hear({ t: 'done', ref, answer: { stream: 'chat:1', seq: 1, no: 1, at: 1 } })
    Socket.last.hear({ t: 'entries', stream: 'chat:1', entries: [entry(1, nonce)] })
    await vi.advanceTimersByTimeAsync(500)
    // A page opened now finds it here, though the entry is nowhere yet.
    expect((await local.outbox()).map((item) => item.nonce)).toEqual([nonce])
    expect(await local.between('chat:1', 0, 9)).toEqual([])
    expect(status.keeping).toBe(false)

    local.full = false
    await vi.advanceTimersByTimeAsync(61_000)
    expect(await local.between('chat:1', 0, 9)).toHaveLength(1)
    expect(await local.outbox()).toEqual([])
    expect(status.keeping).toBe(true)
    stopEngine()
  })
})
