import type { Waiting } from '../src/core/local'
import type { Memory } from '../src/core/local_memory'
import { Outbox, type OutboxWorld } from '../src/core/outbox'
import { Refusal } from '../src/core/refusal'

export type Answer = 'done' | 'lost' | 'cut' | 'refused' | 'stumbled' | 'down' | 'broken'

/** A server that knows its nonces, and a network that may lose the question or the answer. */
export class Server {
  readonly carried: { nonce: string; body: unknown }[] = []
  readonly asked: string[] = []
  plan: Answer[] = []

  async send(item: Waiting): Promise<unknown> {
    this.asked.push(item.nonce)
    const next = this.plan.shift() ?? 'done'
    if (next === 'lost') throw Refusal.offline()
    if (next === 'refused') throw new Refusal({ code: 'blank_text', message: '内容不能为空' }, 422)
    if (next === 'stumbled') throw new Refusal({ code: 'internal_error', message: '出错了' })
    if (next === 'down') throw new Refusal({ code: 'some_page', message: '' }, 502)
    if (!this.carried.some((one) => one.nonce === item.nonce)) this.carried.push({ nonce: item.nonce, body: item.body })
    if (next === 'cut') throw Refusal.noAnswer()
    if (next === 'broken') throw new Error('gave way')
    return { seq: this.carried.length }
  }
}

export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

export function page(local: Memory, server: Server, more: Partial<OutboxWorld> = {}): Outbox {
  return new Outbox({
    local,
    send: (item) => server.send(item),
    alone: async () => undefined,
    rest: async () => undefined,
    now: () => 1,
    storedTo: () => 0,
    tell: () => undefined,
    landed: () => undefined,
    changed: () => undefined,
    done: () => undefined,
    ...more,
  })
}

export const message = (text: string, lane = 'chat:1') => ({ operation: 'chat.send', body: { text }, lane, echoes: true })
