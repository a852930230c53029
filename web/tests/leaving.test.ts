import 'fake-indexeddb/auto'
import { Dexie } from 'dexie'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EngineEvents } from '../src/core/engine'
import type { Waiting } from '../src/core/local'
import { openLasting } from '../src/core/local_dexie'

const OLD = 1
const NEW = 2

const unsent: Waiting = {
  nonce: 'nonce-of-the-new-one',
  operation: 'chat.send',
  body: {},
  lane: 'chat:1',
  at: 1,
  order: 1,
  state: 'waiting',
  echoes: true,
}

/** A server that takes every socket for the one who signed in last. */
class Socket {
  static readonly all: Socket[] = []
  readyState = 1
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: unknown = null

  constructor() {
    Socket.all.push(this)
  }

  send(): void {}
  close(): void {}

  welcome(person: number): void {
    this.onopen?.()
    this.onmessage?.({ data: JSON.stringify({ t: 'welcome', person, now: Date.now() }) })
  }
}

describe('leaving a shared device', () => {
  const kept = new Map<string, string>()
  const gone = vi.fn()

  beforeEach(() => {
    vi.resetModules()
    kept.clear()
    gone.mockClear()
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    })
    vi.stubGlobal('location', { protocol: 'http:', host: 'x', replace: gone })
    vi.stubGlobal('document', { createElement: () => ({}), addEventListener() {}, removeEventListener() {}, visibilityState: 'visible' })
    vi.stubGlobal('addEventListener', () => undefined)
    vi.stubGlobal('removeEventListener', () => undefined)
    vi.stubGlobal('navigator', { userAgent: '' })
    vi.stubGlobal('WebSocket', Socket)
    vi.stubGlobal('BroadcastChannel', undefined)
  })
  afterEach(async () => {
    vi.unstubAllGlobals()
    await Promise.all((await Dexie.getDatabaseNames()).map((name) => Dexie.delete(name)))
  })

  async function oldTab(): Promise<Socket> {
    const { openEngine, startEngine } = await import('../src/core/engine')
    const { leave } = await import('../src/core/leaving')
    const events: EngineEvents = {
      reducers: {},
      language: () => 'zh-CN',
      ended: () => void leave(true, 'ended'),
      leftElsewhere: () => void leave(false),
    }
    await openEngine(OLD, events)
    await startEngine()
    return Socket.all.at(-1)!
  }

  it('leaves to somebody else, who signed in in another tab, what is theirs', async () => {
    const socket = await oldTab()
    kept.set('dianmai.me', JSON.stringify({ person: { id: NEW } }))
    const theirs = await openLasting(NEW)
    await theirs.setWaiting(unsent)
    socket.welcome(NEW)
    await vi.waitFor(() => expect(gone).toHaveBeenCalledWith('/sign-in'))
    expect(await theirs.outbox()).toEqual([unsent])
    expect(await Dexie.getDatabaseNames()).toEqual([`dianmai-${NEW}`])
    expect(JSON.parse(kept.get('dianmai.me')!)).toEqual({ person: { id: NEW } })
  })

  it('takes everything of its own with it', async () => {
    kept.set('dianmai.me', JSON.stringify({ person: { id: OLD } }))
    await oldTab()
    const { leave } = await import('../src/core/leaving')
    await leave(true, 'ended')
    expect(gone).toHaveBeenCalledWith('/sign-in?why=ended')
    expect(await Dexie.getDatabaseNames()).toEqual([])
    expect(kept.size).toBe(0)
  })
})
