import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { forwarder, type Target } from '../src/chat/forwarding'
import { within } from '../src/chat/merged'
import type { Excerpt } from '../src/wire'

const group: Target = { key: 'chat:7', title: '南京路店', sub: '', stream: 'chat:7', person: 0 }
const somebody: Target = { key: 'person-9', title: '李明', sub: '', stream: '', person: 9 }

describe('forwarding', () => {
  let asked: { op: string; body: unknown; nonce: string | null }[] = []
  let refuse = false

  beforeEach(() => {
    asked = []
    vi.stubGlobal('fetch', (path: string, { body, headers }: { body: string; headers: HeadersInit }) => {
      const op = path.split('/').at(-1)!
      asked.push({ op, body: JSON.parse(body), nonce: new Headers(headers).get('x-dianmai-nonce') })
      if (op === 'chat.open_direct') return Promise.resolve(Response.json({ stream: 'chat:8' }))
      if (refuse) return Promise.reject(new TypeError('no network'))
      return Promise.resolve(Response.json({}))
    })
  })
  afterEach(() => void vi.unstubAllGlobals())

  const forwards = () => asked.filter(({ op }) => op === 'chat.forward')

  it('opens the conversation with somebody before, and says nothing that was not written', async () => {
    await forwarder({ stream: 'chat:1', seqs: [3, 4], merged: true })([group, somebody], '  ')
    expect(asked.map(({ op }) => op)).toEqual(['chat.open_direct', 'chat.forward'])
    expect(forwards()[0]?.body).toEqual({ stream: 'chat:1', seqs: [3, 4], merged: true, to: ['chat:7', 'chat:8'] })
  })

  it('is one wish until something else is wished', async () => {
    const carry = forwarder({ stream: 'chat:1', seqs: [3], merged: false })
    refuse = true
    await expect(carry([group], '看')).rejects.toThrow()
    refuse = false
    await carry([group], ' 看 ')
    await carry([group], '看这个')
    const [first, again, other] = forwards().map(({ nonce }) => nonce)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })
})

describe('what was forwarded as one', () => {
  const one = (text: string, merged: Excerpt[] = []): Excerpt => ({ author: 1, name: '王敏', at: 1, text, merged })
  const merged = [one('一'), one('', [one('二'), one('', [one('三')])])]

  it('is opened to its depth, and nowhere else', () => {
    expect(within(merged, '')).toBe(merged)
    expect(within(merged, '1')?.map(({ text }) => text)).toEqual(['二', ''])
    expect(within(merged, '1.1')?.map(({ text }) => text)).toEqual(['三'])
    for (const path of ['0', '1.0', '9', 'x', '1.1.0', '-1']) expect(within(merged, path)).toBeNull()
  })
})
