import { describe, expect, it } from 'vitest'
import { waveOf, barsOf, BARS } from '../src/chat/attach/waves'
import type { FileRef } from '../src/wire'
import type { Parcel, Waiting } from '../src/core/local'
import { Memory } from '../src/core/local_memory'
import type { OutboxWorld } from '../src/core/outbox'
import { Refusal } from '../src/core/refusal'
import { nextPart } from '../src/core/uploading'
import { message, page, Server, settled } from './outbox_world'

const MIB = 1024 * 1024
const parcel: Parcel = { key: 'parcel-0001', name: '方案.zip', size: 3, type: 'application/zip' }
const bytes = new Map([[parcel.key, new Blob(['abc'])]])
const there: FileRef = { id: 'file-0001', name: '方案.zip', kind: 'file', media_type: 'application/zip', size: 3 }
const withFile = () => ({ ...message('方案'), parcels: [{ ...parcel }] })

/** Brings files when told to. */
function gate(): { bring: NonNullable<OutboxWorld['bring']>; open(): void; asked: string[] } {
  let open: () => void = () => undefined
  const asked: string[] = []
  const bring = async (item: Waiting): Promise<Waiting> => {
    asked.push(item.nonce)
    await new Promise<void>((go) => (open = go))
    return { ...item, parcels: item.parcels!.map((one) => ({ ...one, file: there })) }
  }
  return { bring, open: () => open(), asked }
}

describe('files on their way', () => {
  it('keep nobody waiting, and are sent once they are there', async () => {
    const server = new Server()
    const { bring, open } = gate()
    const outbox = page(new Memory(), server, { bring })
    await outbox.start()
    await outbox.add(withFile(), bytes)
    await outbox.add(message('稍等'))
    await settled()
    expect(server.carried.map((one) => one.body)).toEqual([{ text: '稍等' }])
    open()
    await settled()
    expect(server.carried.map((one) => one.body)).toEqual([{ text: '稍等' }, { text: '方案' }])
    expect(outbox.all()[0]?.parcels?.[0]?.file).toEqual(there)
  })

  it('are there after a reload with their bytes, and go when the item goes', async () => {
    const local = new Memory()
    const first = page(local, new Server(), gate())
    await first.start()
    const { nonce } = await first.add(withFile(), bytes)
    first.stop()
    const { bring, asked } = gate()
    const second = page(local, new Server(), { bring })
    await second.start()
    await settled()
    expect(asked).toEqual([nonce])
    expect(await (await local.bytes(parcel.key))?.text()).toBe('abc')
    await second.drop(nonce)
    expect(await local.bytes(parcel.key)).toBeUndefined()
    expect(await local.outbox()).toEqual([])
  })

  it('taken back while on their way, are not sent when they arrive after all', async () => {
    const server = new Server()
    const { bring, open } = gate()
    const outbox = page(new Memory(), server, { bring })
    await outbox.start()
    const { nonce } = await outbox.add(withFile(), bytes)
    await settled()
    await outbox.drop(nonce)
    open()
    await settled()
    expect(server.carried).toEqual([])
    expect(outbox.all()).toEqual([])
  })

  it('go on after the line fell', async () => {
    const server = new Server()
    let tries = 0
    const bring = async (item: Waiting): Promise<Waiting> => {
      if (++tries < 4) throw Refusal.offline()
      return { ...item, parcels: item.parcels!.map((one) => ({ ...one, file: there })) }
    }
    const outbox = page(new Memory(), server, { bring })
    await outbox.start()
    await outbox.add(withFile(), bytes)
    await settled()
    await settled()
    expect(tries).toBe(4)
    expect(server.carried).toHaveLength(1)
  })

  it('refused, are brought again only when somebody says so, and anew where the server has lost them', async () => {
    const local = new Memory()
    const server = new Server()
    let gone = true
    const brought: (FileRef | undefined)[] = []
    const outbox = page(local, server, {
      bring: async (item) => {
        brought.push(item.parcels![0]!.file)
        return { ...item, parcels: item.parcels!.map((one) => ({ ...one, file: there })) }
      },
      send: async (item) => {
        if (gone) throw new Refusal({ code: 'file_gone', message: '附件已经失效' }, 404)
        return server.send(item)
      },
    })
    await outbox.start()
    const { nonce } = await outbox.add(withFile(), bytes)
    await settled()
    expect(outbox.all()[0]?.state).toBe('failed')
    gone = false
    await outbox.again(nonce)
    await settled()
    expect(brought).toEqual([undefined, undefined])
    expect(server.carried).toHaveLength(1)
    expect(await local.bytes(parcel.key)).toBeDefined()
  })
})

describe('parts', () => {
  it('grow on a good line, shrink on a bad one, and keep their limits', () => {
    expect(nextPart(MIB, 300, 8 * MIB)).toBe(2 * MIB)
    expect(nextPart(8 * MIB, 300, 8 * MIB)).toBe(8 * MIB)
    expect(nextPart(MIB, 3_000, 8 * MIB)).toBe(MIB)
    expect(nextPart(MIB, 20_000, 8 * MIB)).toBe(MIB / 2)
    expect(nextPart(128 * 1024, 20_000, 8 * MIB)).toBe(128 * 1024)
  })
})

describe('the bars of a voice', () => {
  it('are as many as fit, the loudest as high as there is room', () => {
    const wave = waveOf(Array.from({ length: 100 }, (_, at) => (at === 50 ? 0.4 : 0.1)))
    expect(wave).toMatch(/^[0-9a-z]{32}$/)
    expect(Math.max(...barsOf(wave))).toBe(100)
    expect(barsOf('')).toHaveLength(BARS)
    expect(waveOf([])).toBe('')
    expect(waveOf([0.2])).toHaveLength(BARS)
  })
})
