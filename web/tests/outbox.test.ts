import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Memory } from '../src/core/local_memory'
import type { Outbox } from '../src/core/outbox'
import { type Answer, message, page, Server, settled } from './outbox_world'

describe('the outbox', () => {
  it('keeps first, then sends, in order within a lane', async () => {
    const server = new Server()
    const outbox = page(new Memory(), server)
    await outbox.start()
    await outbox.add(message('一'))
    await outbox.add(message('二'))
    await settled()
    expect(server.carried.map((one) => one.body)).toEqual([{ text: '一' }, { text: '二' }])
    expect(outbox.all().map((item) => item.state)).toEqual(['sent', 'sent'])
  })

  it('says waiting until somebody has answered', async () => {
    const server = new Server()
    let answer: (value: unknown) => void = () => undefined
    const outbox = page(new Memory(), server, { send: () => new Promise((resolve) => (answer = resolve)) })
    await outbox.start()
    await outbox.add(message('在吗'))
    await settled()
    expect(outbox.all()[0]?.state).toBe('waiting')
    answer({ seq: 1 })
    await settled()
    expect(outbox.all()[0]?.state).toBe('sent')
  })

  it('sends again with the same nonce after the page went away in the middle', async () => {
    const local = new Memory()
    const server = new Server()
    const first = page(local, server, { send: async (item) => server.send(item).then(() => new Promise(() => undefined)) })
    await first.start()
    await first.add(message('货到了'))
    await settled()
    first.stop()
    const second = page(local, server)
    await second.start()
    await settled()
    expect(server.asked).toHaveLength(2)
    expect(new Set(server.asked).size).toBe(1)
    expect(server.carried).toHaveLength(1)
  })

  it('shows a refusal, sends what stands behind it, and tries again only when told', async () => {
    const server = new Server()
    server.plan = ['refused', 'done']
    const outbox = page(new Memory(), server)
    await outbox.start()
    const bad = await outbox.add(message(' '))
    await outbox.add(message('好的'))
    await settled()
    expect(outbox.all().map((item) => item.state)).toEqual(['failed', 'sent'])
    expect(outbox.all()[0]?.refusal).toEqual({ code: 'blank_text', message: '内容不能为空' })
    await outbox.again(bad.nonce)
    await settled()
    expect(server.asked.filter((nonce) => nonce === bad.nonce)).toHaveLength(1)
    expect(outbox.all().map((item) => item.state)).toEqual(['sent', 'sent'])
  })

  it('waits when the server stumbles, and tries the same nonce again after a rest', async () => {
    const server = new Server()
    server.plan = ['stumbled', 'down', 'done']
    const states: string[] = []
    let rests = 0
    const outbox = page(new Memory(), server, {
      rest: async () => void rests++,
      changed: (items) => states.push(...items.map((item) => item.state)),
    })
    await outbox.start()
    const { nonce } = await outbox.add(message('货到了'))
    await settled()
    expect(server.asked).toEqual([nonce, nonce, nonce])
    expect(rests).toBe(2)
    expect(states).not.toContain('failed')
    expect(outbox.all()[0]?.state).toBe('sent')
  })

  it.each(['broken', 'internal_error'])('keeps the nonce of what failed without a refusal (%s)', async (code) => {
    const local = new Memory()
    const server = new Server()
    server.plan = ['broken']
    const first = page(local, server)
    await first.start()
    const { nonce } = await first.add(message('货到了'))
    await settled()
    expect(first.all()[0]).toMatchObject({ state: 'failed', refusal: { code: 'broken' } })
    first.stop()
    await local.setWaiting({ ...first.all()[0]!, refusal: { code, message: '' } })
    const outbox = page(local, server)
    await outbox.start()
    await outbox.again(nonce)
    await settled()
    expect(server.asked).toEqual([nonce, nonce])
    expect(server.carried).toHaveLength(1)
    expect(outbox.all()).toHaveLength(1)
    expect(outbox.all()[0]?.state).toBe('sent')
    expect(outbox.all()[0]?.refusal).toBeUndefined()
  })

  it('lets go of an item when its entry is here, before or after the answer', async () => {
    const local = new Memory()
    let outbox: Outbox | null = null
    const server = new Server()
    outbox = page(local, server, {
      send: async (item) => {
        if (item.body.text === '早') outbox?.settle(item.nonce)
        return server.send(item)
      },
    })
    await outbox.start()
    await outbox.add(message('早'))
    const late = await outbox.add(message('晚'))
    await settled()
    expect(outbox.all().map((item) => item.nonce)).toEqual([late.nonce])
    outbox.settle(late.nonce)
    await settled()
    expect(await local.outbox()).toEqual([])
  })

  it('asks again under the same nonce for what was sent to a stream that starts over, and lets go of what is behind', async () => {
    const server = new Server()
    let kept = 0
    const outbox = page(new Memory(), server, { storedTo: () => kept })
    await outbox.start()
    const { nonce } = await outbox.add(message('断线前发的'))
    await settled()
    expect(outbox.all()[0]?.state).toBe('sent')
    kept = 40 // the snapshot begins behind it: its entry will not come
    await outbox.sendOver(['chat:1'])
    await settled()
    expect(server.asked).toEqual([nonce, nonce])
    expect(server.carried).toHaveLength(1)
    expect(outbox.all()).toEqual([])
  })

  it('gives a message again to a server that lost it with an old backup', async () => {
    const server = new Server()
    const outbox = page(new Memory(), server, { storedTo: () => 0 })
    await outbox.start()
    const { nonce } = await outbox.add(message('备份之后发的'))
    await settled()
    server.carried.length = 0
    await outbox.sendOver(['chat:2'])
    await settled()
    expect(server.asked).toEqual([nonce])
    await outbox.sendOver(['chat:1'])
    await settled()
    expect(server.carried.map((one) => one.nonce)).toEqual([nonce])
    expect(outbox.all()[0]?.state).toBe('sent')
  })

  it('lets go after a reload of what the journal shows already, and of what a stream that was left will never show', async () => {
    const local = new Memory()
    const first = page(local, new Server())
    await first.start()
    await first.add(message('一'))
    await first.add(message('二', 'chat:2'))
    await settled()
    first.stop()
    const second = page(local, new Server(), { storedTo: (stream) => (stream === 'chat:1' ? 1 : 0) })
    await second.start()
    await settled()
    expect(second.all().map((item) => item.body.text)).toEqual(['二'])
    second.letGo(['chat:2'])
    await settled()
    expect(await local.outbox()).toEqual([])
  })

  it('lets go of a message that is answered after its stream was left', async () => {
    const local = new Memory()
    const server = new Server()
    let answer = (): void => undefined
    const late = new Promise<void>((resolve) => (answer = resolve))
    const outbox = page(local, server, { send: (item) => late.then(() => server.send(item)) })
    await outbox.start()
    await outbox.add(message('我先走了'))
    await settled()
    outbox.letGo(['chat:1'])
    answer()
    await settled()
    expect(server.carried).toHaveLength(1)
    expect(outbox.all()).toEqual([])
    expect(await local.outbox()).toEqual([])
  })

  it('does not call an answered message failed because the device would not note the answer', async () => {
    const local = new Memory()
    const server = new Server()
    const outbox = page(local, server)
    await outbox.start()
    await outbox.add(message('收到'))
    const setWaiting = local.setWaiting.bind(local)
    local.setWaiting = () => Promise.reject(new Error('full'))
    await settled()
    expect(outbox.all()[0]?.state).toBe('sent')
    local.setWaiting = setWaiting
    outbox.stop()
    const next = page(local, server)
    await next.start()
    await settled()
    expect(new Set(server.asked).size).toBe(1)
    expect(server.carried).toHaveLength(1)
  })

  it('loses and doubles nothing, whatever the network does and whenever the page reloads', async () => {
    const fate = fc.constantFrom<Answer>('done', 'lost', 'cut')
    const act = fc.oneof(
      fc.record({ do: fc.constant('write' as const), lane: fc.constantFrom('chat:1', 'chat:2') }),
      fc.record({ do: fc.constant('reload' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 20 }), fc.array(act, { maxLength: 15 }), async (plan, acts) => {
        const local = new Memory()
        const server = new Server()
        server.plan = [...plan]
        let outbox = page(local, server)
        await outbox.start()
        const written: Record<string, string[]> = {}
        for (const one of acts) {
          if (one.do === 'write') {
            const { nonce } = await outbox.add(message('x', one.lane))
            ;(written[one.lane] ??= []).push(nonce)
          } else {
            outbox.stop()
            outbox = page(local, server)
            await outbox.start()
          }
        }
        for (let n = 0; n < 5; n++) await settled()
        for (const [lane, nonces] of Object.entries(written)) {
          const got = server.carried.map((one) => one.nonce).filter((nonce) => nonces.includes(nonce))
          expect(got, lane).toEqual(nonces)
        }
        expect(outbox.all().every((item) => item.state === 'sent')).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})
