import { describe, expect, it } from 'vitest'
import { Memory } from '../src/core/local_memory'
import type { Outbox, OutboxWorld } from '../src/core/outbox'
import { Refusal } from '../src/core/refusal'
import { message, page, Server, settled } from './outbox_world'

describe('the outbox of several tabs', () => {
  it('sends from one tab only, and hands over when that tab goes', async () => {
    const local = new Memory()
    const server = new Server()
    let hand: () => void = () => undefined
    const second: Outbox = page(local, server, { alone: () => new Promise((resolve) => (hand = resolve)) })
    const first = page(local, server, { tell: () => void second.reload() })
    await first.start()
    await second.start()
    await second.add(message('从第二个窗口'))
    await settled()
    expect(server.asked).toHaveLength(0)
    await first.reload()
    await settled()
    expect(server.asked).toHaveLength(1)
    first.stop()
    await second.add(message('再来一条'))
    hand()
    await settled()
    expect(server.carried).toHaveLength(2)
    expect(server.asked).toHaveLength(2)
  })

  it('goes on showing in a tab that is behind what another tab has the entry of already', async () => {
    const local = new Memory()
    const server = new Server()
    const tabs: Outbox[] = []
    const others = (own: number): Partial<OutboxWorld> => ({
      alone: () => (own === 0 ? Promise.resolve() : new Promise(() => undefined)),
      tell: () => tabs.forEach((tab, at) => at !== own && void tab.reload()),
      landed: (nonce) => tabs.forEach((tab, at) => at !== own && tab.settledElsewhere(nonce)),
    })
    for (const own of [0, 1]) tabs.push(page(local, server, others(own)))
    const [sooner, later] = tabs as [Outbox, Outbox]
    for (const tab of tabs) await tab.start()
    const item = await later.add(message('到货了'))
    await settled()
    sooner.settle(item.nonce)
    await settled()
    expect(sooner.all()).toEqual([])
    expect(later.all().map((one) => [one.nonce, one.state])).toEqual([[item.nonce, 'sent']])
    later.settle(item.nonce)
    await settled()
    expect(later.all()).toEqual([])
    const taken = await later.add(message('写错了'))
    await sooner.drop(taken.nonce)
    await settled()
    expect(later.all()).toEqual([])
  })

  it('does not send what another tab took back while its files were on their way', async () => {
    const parcel = { key: 'parcel-0001', name: '方案.zip', size: 3, type: 'application/zip' }
    for (const told of [true, false]) {
      for (const refused of [true, false]) {
        const local = new Memory()
        const server = new Server()
        const stopped: string[] = []
        let arrive: () => void = () => undefined
        const bringing = page(local, server, {
          stop: (nonce) => stopped.push(nonce),
          bring: async (item) => {
            await new Promise<void>((go) => (arrive = go))
            if (refused) throw new Refusal({ code: 'type_mismatch' }, 422)
            return { ...item, parcels: [{ ...parcel, file: { ...parcel, id: 'file-1', kind: 'file', media_type: parcel.type } }] }
          },
        })
        const other = page(local, server, { alone: () => new Promise(() => undefined), tell: () => told && void bringing.reload() })
        await bringing.start()
        const { nonce } = await bringing.add({ ...message('方案'), parcels: [parcel] }, new Map([[parcel.key, new Blob(['abc'])]]))
        await other.start()
        await other.drop(nonce)
        await settled()
        expect(stopped).toEqual(told ? [nonce] : [])
        arrive()
        await settled()
        expect(server.carried).toEqual([])
        expect(bringing.all()).toEqual([])
        expect(await local.outbox()).toEqual([])
        expect(await local.bytes(parcel.key)).toBeUndefined()
      }
    }
  })
})
