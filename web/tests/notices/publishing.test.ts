import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import type { Waiting } from '../../src/core/local'
import { status, waiting } from '../../src/core/status'
import { draft } from '../../src/notices/compose/draft'
import { followPublishing, publish, published } from '../../src/notices/compose/publishing'

const kept = vi.hoisted(() => ({ values: new Map<string, unknown>(), taken: [] as string[], posted: 0 }))

vi.mock('../../src/core/engine', () => ({
  local: () => ({
    value: (key: string) => Promise.resolve(kept.values.get(key)),
    setValue: (key: string, value: unknown) => Promise.resolve(kept.values.set(key, value)),
  }),
  post: (intent: object) => {
    const item = { ...intent, nonce: `n${++kept.posted}`, state: 'waiting', at: 0, order: 1 } as Waiting
    waiting.value = [...waiting.value, item]
    return Promise.resolve(item)
  },
  takeBack: (nonce: string) => kept.taken.push(nonce),
}))

const said: string[] = []

beforeEach(async () => {
  status.socket = 'off'
  waiting.value = []
  said.length = 0
  kept.taken.length = 0
  await followPublishing((outcome) => said.push(outcome.state))
  Object.assign(draft, { title: '停售', text: '下架', publishing: null })
})

afterEach(() => {
  draft.publishing = null
})

it('takes nothing back before the outbox has been read', async () => {
  draft.publishing = 'from-the-last-page'
  await nextTick()
  expect([said, kept.taken]).toEqual([[], []])
  waiting.value = [{ nonce: 'from-the-last-page', state: 'waiting' } as Waiting]
  status.socket = 'connecting'
  await nextTick()
  expect([said, kept.taken, draft.title]).toEqual([[], [], '停售'])
})

it('goes out once, however often it is pressed, and clears the draft when it is out', async () => {
  status.socket = 'open'
  await publish()
  await publish()
  expect(waiting.value).toHaveLength(1)
  waiting.value = waiting.value.map((item) => ({ ...item, state: 'sent', answer: { notice: 9 } }))
  await nextTick()
  expect(published.value).toEqual({ state: 'done', notice: 9 })
  expect([said, draft.title, draft.publishing]).toEqual([['done'], '', null])
  expect(kept.taken).toHaveLength(1)
})

it('keeps what was written when it is refused', async () => {
  status.socket = 'open'
  await publish()
  const refusal = { code: 'deadline_past', message: '截止时间已经过去' }
  waiting.value = waiting.value.map((item) => ({ ...item, state: 'failed', refusal }))
  await nextTick()
  expect(published.value).toEqual({ state: 'refused', message: '截止时间已经过去' })
  expect([draft.title, draft.publishing]).toEqual(['停售', null])
})
