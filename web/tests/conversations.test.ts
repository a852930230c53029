import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { conversations, moveOn, readUpTo, refetch, startedOver } from '../src/chat/conversations'
import { foldings } from '../src/chat/later'
import { local, openEngine, stopEngine } from '../src/core/engine'
import { foldWith } from '../src/core/folding'
import type { Conversation, Entry } from '../src/wire'

vi.mock('../src/core/session', async (original) => ({ ...(await original<object>()), session: { me: { person: { id: 1 } } } }))

const STREAM = 'chat:1'
const ME = 1

function said(no: number, to: number[] = []): Entry {
  const mentions = to.map((id) => ({ at: 0, length: 3, people: [{ id, name: '许诺' }] }))
  return { stream: STREAM, seq: no, no, at: no, actor: 2, kind: 'chat.message', body: { text: `@许诺 第${no}句`, mentions } }
}

/** As the feed does: stored first, then counted. */
async function hear(...entries: Entry[]): Promise<void> {
  for (const entry of entries) {
    await local().keep({ dropped: [], left: [], entries: [entry], cursors: { [STREAM]: entry.seq }, owed: [] })
    moveOn(entry)
  }
}

describe('the first message that means me and that I have not read', () => {
  let row: Partial<Conversation>
  let asked = 0

  beforeEach(async () => {
    asked = 0
    row = { stream: STREAM, head: 0, head_no: 0, read_no: 0, mentioned: 0 }
    vi.stubGlobal('BroadcastChannel', undefined)
    vi.stubGlobal('document', { removeEventListener() {} })
    vi.stubGlobal('removeEventListener', () => undefined)
    vi.stubGlobal('fetch', (path: string) => {
      if (path.endsWith('chat.conversations')) asked++
      return Promise.resolve(Response.json({ conversations: [row], people: [] }))
    })
    foldWith(foldings(() => ME))
    await openEngine(ME, { reducers: {}, language: () => 'zh', ended: () => undefined, leftElsewhere: () => undefined })
    await refetch()
    asked = 0
  })
  afterEach(() => {
    stopEngine()
    conversations.clear()
    vi.unstubAllGlobals()
  })

  const mentioned = (): number | undefined => conversations.get(STREAM)?.mentioned

  it('is the next one, once it has been read, until there is none', async () => {
    await hear(said(1), said(2, [ME]), said(3), said(4, [ME]), said(5, [7]))
    expect(mentioned()).toBe(2)
    readUpTo(STREAM, 1)
    expect(mentioned()).toBe(2)
    readUpTo(STREAM, 3)
    await vi.waitFor(() => expect(mentioned()).toBe(4))
    readUpTo(STREAM, 4)
    await hear(said(6, [ME]))
    await vi.waitFor(() => expect(mentioned()).toBe(6))
    readUpTo(STREAM, 6)
    expect([mentioned(), asked]).toEqual([0, 0])
  })

  it('is not one that was passed or taken back while the next was looked for', async () => {
    await hear(said(1, [ME]), said(2, [ME]), said(3, [ME]), said(4, [ME]), said(5))
    await hear({ stream: STREAM, seq: 6, at: 6, actor: 2, kind: 'chat.recalled', target: 3, body: {} })
    readUpTo(STREAM, 1)
    readUpTo(STREAM, 2)
    await vi.waitFor(() => expect(mentioned()).toBe(4))
  })

  it('is asked for where this device has not kept what lies between, and once only', async () => {
    row = { ...row, head: 9, head_no: 9, mentioned: 3 }
    await refetch()
    row = { ...row, read_no: 5, mentioned: 8 }
    asked = 0
    readUpTo(STREAM, 5)
    await vi.waitFor(() => expect(mentioned()).toBe(8))
    // The server does not know yet how far I have read here.
    readUpTo(STREAM, 8)
    await vi.waitFor(() => expect(asked).toBe(2))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([mentioned(), asked]).toEqual([0, 2])
  })

  it('is asked for when so much was missed that the stream begins anew', async () => {
    row = { ...row, head: 2000, head_no: 2000, mentioned: 40 }
    startedOver(['notices:1'])
    startedOver([STREAM])
    await vi.waitFor(() => expect(mentioned()).toBe(40))
    expect(asked).toBe(1)
  })
})
