import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { changed, closeThread, older, openThread } from '../src/chat/thread'
import { foldings } from '../src/chat/later'
import { local, openEngine, stopEngine } from '../src/core/engine'
import { foldWith } from '../src/core/folding'
import { settled } from './outbox_world'
import type { Entry, Message } from '../src/wire'

const OLD = '进货价 8.20'

function message(no: number, text: string): Message {
  return { stream: 'chat:1', seq: no, no, at: no, author: 2, body: { text } } as Message
}

const recall = (target: number): Entry => ({ stream: 'chat:1', seq: 90, at: 90, actor: 2, kind: 'chat.recalled', target, body: {} })

/** As the feed does: stored first, then shown. */
async function hear(entry: Entry): Promise<void> {
  await local().keep({ dropped: [], left: [], entries: [entry], cursors: { 'chat:1': entry.seq }, owed: [] })
  changed(entry)
}

describe('a page that is older than what was heard while it was on its way', () => {
  /** Answers to chat.history, given when the test says so. */
  let give: ((messages: Message[], more?: object) => void)[] = []

  beforeEach(async () => {
    give = []
    vi.stubGlobal('BroadcastChannel', undefined)
    vi.stubGlobal('document', { removeEventListener() {} })
    vi.stubGlobal('removeEventListener', () => undefined)
    vi.stubGlobal('fetch', (path: string) => {
      if (!path.endsWith('chat.history')) return Promise.resolve(Response.json({ conversations: [], people: [], messages: [] }))
      return new Promise<Response>((answer) => {
        const page = { people: [], more_before: true, more_after: false }
        give.push((messages, more) => answer(Response.json({ ...page, messages, ...more })))
      })
    })
    foldWith(foldings(() => 1))
    await openEngine(1, { reducers: {}, language: () => 'zh', ended: () => undefined, leftElsewhere: () => undefined })
  })
  afterEach(() => {
    stopEngine()
    vi.unstubAllGlobals()
  })

  const opened = async (): Promise<ReturnType<typeof openThread>> => {
    const thread = openThread('chat:1')
    await vi.waitFor(() => expect(give).toHaveLength(1))
    return thread
  }

  it('brings no word back of what was taken back: not to the newest page, not to an earlier one', async () => {
    const thread = await opened()
    await hear(recall(60))
    give[0]!([message(59, '早'), message(60, OLD)])
    await vi.waitFor(() => expect(thread.state).toBe('ready'))
    expect(thread.entries.map((entry) => entry.body)).toEqual([{ text: '早' }, { recalled_by: 2 }])

    const paging = older(thread)
    await vi.waitFor(() => expect(give).toHaveLength(2))
    await hear({ ...recall(58), seq: 91 })
    give[1]!([message(58, OLD)], { more_before: false })
    await paging
    expect(JSON.stringify(thread.entries)).not.toContain(OLD)
    expect(JSON.stringify(await local().between('chat:1', 0, 99))).not.toContain(OLD)
    closeThread(thread)
  })

  it('leaves none on the device of a conversation that was left meanwhile', async () => {
    const thread = await opened()
    closeThread(thread)
    await hear(recall(60))
    give[0]!([message(60, OLD)])
    await settled()
    await vi.waitFor(async () => expect(await local().between('chat:1', 60, 60)).toHaveLength(1))
    expect(JSON.stringify(await local().between('chat:1', 0, 99))).not.toContain(OLD)
  })

  it('leaves none where it is quoted', async () => {
    const thread = await opened()
    await hear(recall(3))
    give[0]!([message(60, '好')], { quoted: [message(3, OLD)] })
    await vi.waitFor(() => expect(thread.state).toBe('ready'))
    expect(thread.quoted.get(3)?.body).toEqual({ recalled_by: 2 })
    closeThread(thread)
  })

  it('is not brought back on the device by the entry itself when that comes later', async () => {
    const gone = { ...message(7, ''), body: { recalled_by: 2 }, changed: 90 }
    await local().learn([{ ...gone, actor: 2, kind: 'chat.message' } as unknown as Entry])
    const { seq, no, at } = gone
    await hear({ stream: 'chat:1', seq, no, at, actor: 2, kind: 'chat.message', body: { text: OLD } })
    expect(JSON.stringify(await local().between('chat:1', 0, 99))).not.toContain(OLD)
  })
})
