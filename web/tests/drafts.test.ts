import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { KeptDraft } from '../src/wire'

const STREAM = 'chat:1'

describe('a draft on several devices', () => {
  /** As the server has it: what was written last stands. */
  let server: Map<string, KeptDraft>
  /** What becomes of the answer to a draft that was kept: nothing, unless a test says so. */
  let answering: (answer: Response) => Promise<Response>
  let asked: { path: string; body: Record<string, unknown> }[]
  let drafts: typeof import('../src/chat/drafts')
  let bus: typeof import('../src/core/bus')
  let engine: typeof import('../src/core/engine')
  let state: typeof import('../src/core/status')

  beforeEach(async () => {
    server = new Map()
    answering = (answer) => Promise.resolve(answer)
    asked = []
    // A page of its own for each test; it is loaded before the browser is made small.
    vi.resetModules()
    drafts = await import('../src/chat/drafts')
    bus = await import('../src/core/bus')
    engine = await import('../src/core/engine')
    state = await import('../src/core/status')
    vi.stubGlobal('BroadcastChannel', undefined)
    vi.stubGlobal('document', { addEventListener: () => undefined, removeEventListener: () => undefined, visibilityState: 'visible' })
    vi.stubGlobal('removeEventListener', () => undefined)
    vi.stubGlobal('fetch', (path: string, { body }: { body: string }) => {
      const request = JSON.parse(body) as { stream: string; streams?: string[]; text?: string; at: number }
      asked.push({ path, body: request })
      if (path.endsWith('chat.drafts')) {
        const named = request.streams?.length ? request.streams : [...server.keys()]
        return Promise.resolve(Response.json({ drafts: named.flatMap((stream) => server.get(stream) ?? []) }))
      }
      const { stream, text = '', at } = request
      if (at > (server.get(stream)?.at ?? 0)) server.set(stream, { stream, text, at })
      return answering(Response.json(server.get(stream)))
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_000_000 })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  const told = (): unknown[] => asked.filter(({ path }) => path.endsWith('chat.draft')).map(({ body }) => body.text)

  it('is told after a pause, not at every letter, and at once when the box is closed', async () => {
    const level = await connected()
    for (const text of ['明', '明天', '明天谁']) {
      drafts.keepDraft(STREAM, text)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(told()).toEqual([])
    await vi.advanceTimersByTimeAsync(drafts.PAUSE)
    expect(told()).toEqual(['明天谁'])
    drafts.keepDraft(STREAM, '明天谁开门')
    drafts.leaveDraft(STREAM)
    await vi.advanceTimersByTimeAsync(10)
    expect(told()).toEqual(['明天谁', '明天谁开门'])
    level()
  })

  it('of a message that is sent without a pause nobody hears', async () => {
    const level = await connected()
    drafts.keepDraft(STREAM, '好的')
    await vi.advanceTimersByTimeAsync(1_000)
    drafts.keepDraft(STREAM, '')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(told()).toEqual([])
    level()
  })

  it('is gone elsewhere as soon as it was sent', async () => {
    const level = await connected()
    drafts.keepDraft(STREAM, '好的')
    drafts.leaveDraft(STREAM)
    await vi.advanceTimersByTimeAsync(10)
    drafts.keepDraft(STREAM, '')
    await vi.advanceTimersByTimeAsync(10)
    expect(server.get(STREAM)?.text).toBe('')
    level()
  })

  it('sent before the server answered is gone elsewhere, too', async () => {
    const level = await connected()
    let answer = (): void => undefined
    answering = (late) => new Promise((come) => (answer = () => come(late)))
    drafts.keepDraft(STREAM, '好的')
    drafts.leaveDraft(STREAM)
    await vi.advanceTimersByTimeAsync(10)
    drafts.keepDraft(STREAM, '')
    await vi.advanceTimersByTimeAsync(10)
    answering = (soon) => Promise.resolve(soon)
    answer()
    await vi.advanceTimersByTimeAsync(10)
    expect(told()).toEqual(['好的', ''])
    expect(server.get(STREAM)?.text).toBe('')
    level()
  })

  it('sent after the answer was lost is gone elsewhere, too', async () => {
    const level = await connected()
    answering = () => Promise.reject(new TypeError('the network is gone'))
    drafts.keepDraft(STREAM, '好的')
    drafts.leaveDraft(STREAM)
    await vi.advanceTimersByTimeAsync(10)
    expect(server.get(STREAM)?.text).toBe('好的')
    answering = (soon) => Promise.resolve(soon)
    drafts.keepDraft(STREAM, '')
    await vi.advanceTimersByTimeAsync(10)
    expect(server.get(STREAM)?.text).toBe('')
    level()
  })

  it('from elsewhere stands where it was written later', async () => {
    const level = await connected()
    drafts.keepDraft(STREAM, '早')
    drafts.leaveDraft(STREAM)
    await vi.advanceTimersByTimeAsync(70_000)
    drafts.take({ stream: STREAM, text: '早上好', at: Date.now() - 10 })
    expect(drafts.drafts.get(STREAM)).toBe('早上好')
    expect(drafts.arrived.get(STREAM)).toBe('早上好')
    drafts.take({ stream: STREAM, text: '旧的', at: 5 })
    expect(drafts.drafts.get(STREAM)).toBe('早上好')
    drafts.take({ stream: STREAM, at: Date.now() })
    expect(drafts.drafts.has(STREAM)).toBe(false)
    level()
  })

  it('never takes the place of what is being typed', async () => {
    const level = await connected()
    drafts.keepDraft(STREAM, '我正在写')
    drafts.take({ stream: STREAM, text: '别处写的', at: Date.now() + 5_000 })
    expect(drafts.drafts.get(STREAM)).toBe('我正在写')
    expect(drafts.arrived.has(STREAM)).toBe(false)
    drafts.composing('chat:2')
    drafts.take({ stream: 'chat:2', text: '别处写的', at: Date.now() })
    expect(drafts.arrived.has('chat:2')).toBe(false)
    level()
  })

  it('written without a network travels when there is one', async () => {
    drafts.keepDraft(STREAM, '断网时写的')
    drafts.leaveDraft(STREAM)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(told()).toEqual([])
    const level = await connected()
    await vi.waitFor(() => expect(server.get(STREAM)?.text).toBe('断网时写的'))
    level()
  })

  /** Connected and level, until what it answers is called. */
  async function connected(): Promise<() => void> {
    await engine.openEngine(1, { reducers: {}, language: () => 'zh', ended: () => undefined, leftElsewhere: () => undefined })
    drafts.startDrafts()
    state.status.level = true
    bus.tell('level', undefined)
    await vi.advanceTimersByTimeAsync(1)
    return () => {
      state.status.level = false
      engine.stopEngine()
    }
  }
})
