import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { heardFavoured, isKept, loadFavoured, note, whenFavoured } from '../src/favourites/kept'
import { local, openEngine, stopEngine } from '../src/core/engine'
import { above, become, without } from '../src/favourites/listing'
import type { Entry, Favourite } from '../src/wire'

const at = (seq: number): { stream: string; seq: number } => ({ stream: 'chat:1', seq })
const heard = (seqs: number[], on: boolean): Entry => ({
  stream: 'person:1', seq: 1, at: 1, actor: 1, kind: 'chat.favoured', body: { stream: 'chat:1', seqs, on },
})
const stored = (): Promise<string[] | undefined> => local().value<string[]>('favourites')

describe('what this device knows I keep', () => {
  beforeEach(async () => {
    vi.stubGlobal('BroadcastChannel', undefined)
    vi.stubGlobal('document', { removeEventListener() {} })
    vi.stubGlobal('removeEventListener', () => undefined)
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({})))
    await openEngine(1, { reducers: {}, language: () => 'zh', ended: () => undefined, leftElsewhere: () => undefined })
  })
  afterEach(() => {
    stopEngine()
    vi.unstubAllGlobals()
  })

  it('is what was kept here and on other devices, and lasts', async () => {
    await loadFavoured()
    let told = 0
    const stop = whenFavoured(() => told++)
    heardFavoured(heard([3, 4], true))
    note('chat:1', [5], true)
    heardFavoured(heard([4], false))
    stop()
    heardFavoured(heard([6], true))
    expect([3, 4, 5, 6].map((seq) => isKept(at(seq)))).toEqual([true, false, true, true])
    expect(told).toBe(2)
    await vi.waitFor(async () => expect(await stored()).toEqual(['chat:1/3', 'chat:1/5', 'chat:1/6']))
  })

  it('loses nothing of before to what is heard while it is read', async () => {
    await local().setValue('favourites', ['chat:1/1', 'chat:1/3'])
    const reading = loadFavoured()
    heardFavoured(heard([2], true))
    heardFavoured(heard([3], false))
    await reading
    await vi.waitFor(async () => expect(await stored()).toEqual(expect.arrayContaining(['chat:1/1', 'chat:1/2'])))
    expect([1, 2, 3].map((seq) => isKept(at(seq)))).toEqual([true, true, false])
  })

  it('is written down once for a whole page', async () => {
    await loadFavoured()
    const writing = vi.spyOn(local(), 'setValue')
    for (let seq = 1; seq <= 50; seq++) note('chat:1', [seq], true)
    await vi.waitFor(async () => expect(await stored()).toHaveLength(50))
    expect(writing).toHaveBeenCalledTimes(1)
  })

  it("is nobody else's", async () => {
    note('chat:1', [9], true)
    await vi.waitFor(async () => expect(await stored()).toContain('chat:1/9'))
    await local().setValue('favourites', [])
    await loadFavoured()
    expect(isKept(at(9))).toBe(false)
  })
})

describe('the list of what I keep', () => {
  const kept = (id: number): Favourite => ({
    id, kept_at: id, message: { stream: 'chat:1', seq: id, no: id, at: id, author: 2, body: { text: `第${id}句` } },
  })
  const ids = (list: readonly Favourite[]): number[] => list.map(({ id }) => id)
  const list = [5, 4, 3, 2, 1].map(kept)

  it('keeps its place when something is taken in or out', () => {
    expect(ids(without(list, { stream: 'chat:1', seqs: [4, 1], on: false }))).toEqual([5, 3, 2])
    expect(ids(without(list, { stream: 'chat:2', seqs: [4], on: false }))).toEqual([5, 4, 3, 2, 1])
    expect(ids(above([6, 5, 4].map(kept), list))).toEqual([6, 5, 4, 3, 2, 1])
  })

  it('says of one what has become of it, and leaves the others alone', () => {
    const recalled: Entry = { stream: 'chat:1', seq: 9, at: 9, actor: 2, kind: 'chat.recalled', target: 3, body: {} }
    const now = become(list, recalled, 1)
    expect(now[2]?.message.body).toEqual({ recalled_by: 2 })
    expect(now[1]).toBe(list[1])
    expect(become(list, { ...recalled, stream: 'chat:2' }, 1)).toEqual(list)
    const edited: Entry = { ...recalled, kind: 'chat.edited', body: { text: '九点' } }
    expect(become(list, edited, 1)[2]?.message.body).toEqual({ text: '九点', edited: 9 })
  })
})
