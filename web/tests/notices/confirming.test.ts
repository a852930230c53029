import { expect, it } from 'vitest'
import type { Waiting } from '../../src/core/local'
import { settled } from '../../src/notices/confirming'

function item(nonce: string, operation: string, more: Partial<Waiting> = {}): Waiting {
  return { nonce, operation, body: { notice: 9 }, lane: 'notices.9', at: 0, order: 1, state: 'waiting', echoes: false, ...more }
}

it('counts as taken only what left the outbox without a refusal', () => {
  const read = item('a', 'notices.read')
  const confirm = item('b', 'notices.confirm')
  const refused = item('c', 'notices.confirm', { state: 'failed' })
  const message = item('d', 'chat.send')
  expect(settled([read, confirm, refused, message], [confirm])).toEqual([{ notice: 9, doing: 'notices.read' }])
  expect(settled([confirm], [])).toEqual([{ notice: 9, doing: 'notices.confirm' }])
  expect(settled([refused, message], [])).toEqual([])
})
