import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { waitFor } from '../src/core/backoff'
import { Refusal } from '../src/core/refusal'
import { Connection, type SocketEvents, type SocketState } from '../src/core/socket'

class Line {
  static all: Line[] = []
  readyState = 0
  said: Record<string, unknown>[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null

  constructor() {
    Line.all.push(this)
  }

  send(text: string): void {
    this.said.push(JSON.parse(text) as Record<string, unknown>)
  }

  close(): void {
    this.readyState = 3
  }

  open(): void {
    this.readyState = 1
    this.onopen?.()
  }

  tell(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }

  fall(code: number, reason = ''): void {
    this.readyState = 3
    this.onclose?.({ code, reason })
  }
}

const WELCOME = { t: 'welcome', version: 1, capabilities: [], person: 1, credential: 1, now: 0 }

function connect(events: Partial<SocketEvents> = {}) {
  const states: SocketState[] = []
  const connection = new Connection(
    {
      state: (state) => states.push(state),
      opened: () => undefined,
      frame: () => undefined,
      refused: () => undefined,
      unreachable: () => undefined,
      ...events,
    },
    () => 'zh-CN',
    () => new Line() as unknown as WebSocket,
  )
  connection.start()
  return { connection, states }
}

const line = (): Line => Line.all.at(-1)!

const listeners = new Map<string, () => void>()

beforeEach(() => {
  Line.all = []
  listeners.clear()
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  vi.stubGlobal('document', { addEventListener: vi.fn(), removeEventListener: vi.fn(), visibilityState: 'visible' })
  vi.stubGlobal('addEventListener', (name: string, act: () => void) => listeners.set(name, act))
  vi.stubGlobal('removeEventListener', vi.fn())
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('the socket', () => {
  it('says hello first and is open once welcomed', () => {
    const opened = vi.fn()
    const { connection, states } = connect({ opened })
    line().open()
    expect(line().said[0]).toMatchObject({ t: 'hello', version: 1, language: 'zh-CN' })
    expect(connection.open).toBe(false)
    line().tell(WELCOME)
    expect(connection.open).toBe(true)
    expect(opened).toHaveBeenCalledOnce()
    expect(states).toEqual(['connecting', 'open'])
  })

  it('matches answers and refusals to what was asked, in any order', async () => {
    const { connection } = connect()
    line().open()
    line().tell(WELCOME)
    const first = connection.do('chat.send', { text: '一' }, 'nonce-0001')
    const second = connection.do('accounts.me', {})
    expect(line().said[1]).toEqual({ t: 'do', ref: 1, op: 'chat.send', body: { text: '一' }, nonce: 'nonce-0001' })
    line().tell({ t: 'done', ref: 2, answer: { person: 1 } })
    line().tell({ t: 'error', ref: 1, code: 'blank_text', message: '不能为空', request_id: 'r' })
    await expect(second).resolves.toEqual({ person: 1 })
    await expect(first).rejects.toMatchObject({ code: 'blank_text', message: '不能为空', unknown: false })
  })

  it('leaves it open whether something was done when the line falls', async () => {
    const { connection } = connect()
    line().open()
    line().tell(WELCOME)
    const asked = connection.do('chat.send', {}, 'nonce-0001')
    line().fall(1006)
    const error = await asked.catch((refusal: Refusal) => refusal)
    expect((error as Refusal).unknown).toBe(true)
  })

  it('takes a line that does not answer for dead', async () => {
    const { connection } = connect()
    line().open()
    line().tell(WELCOME)
    const asked = connection.do('accounts.me', {}).catch((refusal: Refusal) => refusal.code)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(await asked).toBe('no_answer')
    expect(connection.open).toBe(false)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(Line.all).toHaveLength(2)
  })

  it('comes back when the server says, spread out', async () => {
    connect()
    line().open()
    line().tell(WELCOME)
    line().fall(1012, 'retry-after=4000')
    await vi.advanceTimersByTimeAsync(4_900)
    expect(Line.all).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(Line.all).toHaveLength(2)
  })

  it('comes back at once when it was too slow', async () => {
    connect()
    line().open()
    line().tell(WELCOME)
    line().fall(4008, 'slow_consumer')
    await vi.advanceTimersByTimeAsync(300)
    expect(Line.all).toHaveLength(2)
  })

  it.each([
    [4010, 'revoked'],
    [4005, 'upgrade'],
  ])('does not come back after %i', async (code, reason) => {
    const refused = vi.fn()
    connect({ refused })
    line().open()
    line().tell(WELCOME)
    line().fall(code)
    expect(refused).toHaveBeenCalledWith(reason)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(Line.all).toHaveLength(1)
  })

  it('asks whether the session is over when it cannot connect twice', async () => {
    const unreachable = vi.fn()
    connect({ unreachable })
    line().fall(1006)
    expect(unreachable).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(2_000)
    line().fall(1006)
    expect(unreachable).toHaveBeenCalledOnce()
  })

  it('comes back at once when the network does', () => {
    connect()
    line().fall(1006)
    expect(Line.all).toHaveLength(1)
    listeners.get('online')?.()
    expect(Line.all).toHaveLength(2)
  })

  it('does not trust a socket from before the network went', async () => {
    const { connection, states } = connect()
    line().open()
    line().tell(WELCOME)
    const asked = connection.do('chat.send', {}, 'nonce-0001').catch((refusal: Refusal) => refusal.unknown)
    listeners.get('online')?.()
    expect(await asked).toBe(true)
    expect(Line.all).toHaveLength(2)
    expect(states.at(-1)).toBe('connecting')
  })

  it('gives up waiting for a welcome', async () => {
    connect()
    line().open()
    await vi.advanceTimersByTimeAsync(11_000)
    expect(Line.all).toHaveLength(2)
  })
})

describe('waiting to come back', () => {
  it('grows to a minute, anywhere below its bound', () => {
    expect(waitFor(0, null, () => 1)).toBe(1_000)
    expect(waitFor(3, null, () => 1)).toBe(8_000)
    expect(waitFor(30, null, () => 1)).toBe(60_000)
    expect(waitFor(5, null, () => 0)).toBe(0)
  })

  it('never comes before the server wants it', () => {
    expect(waitFor(0, 5_000, () => 0)).toBe(5_000)
    expect(waitFor(0, 5_000, () => 1)).toBe(7_500)
  })
})
