import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { heardFavoured, isKept, loadFavoured, note, whenFavoured } from '../src/favourites/kept'
import { local, openEngine, stopEngine } from '../src/core/engine'
import type { Entry } from '../src/wire'

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

  it("is nobody else's", async () => {
    note('chat:1', [9], true)
    await vi.waitFor(async () => expect(await stored()).toContain('chat:1/9'))
    await local().setValue('favourites', [])
    await loadFavoured()
    expect(isKept(at(9))).toBe(false)
  })
})
