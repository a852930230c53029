import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effect } from 'vue'
import { ask } from '../../src/core/api'
import { codeOf } from '../../src/text/codes'

vi.mock('../../src/core/api', async (original) => ({ ...(await original<object>()), ask: vi.fn() }))

beforeEach(() => {
  vi.useFakeTimers()
  vi.mocked(ask).mockResolvedValue({ units: [], people: [] } as never)
})

afterEach(() => vi.useRealTimers())

it('stops asking when more codes are shown than it keeps, and asks for others later', async () => {
  const shown = Array.from({ length: 6_000 }, (_, at) => `SH${10_000 + at}`)
  for (const code of shown) effect(() => void codeOf(code))
  await vi.advanceTimersByTimeAsync(50_000)
  expect(ask).toHaveBeenCalledTimes(100)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(ask).toHaveBeenCalledTimes(100)

  codeOf('HZ001')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(vi.mocked(ask).mock.calls[100]).toEqual(['org.by_code', { codes: ['HZ001'] }])
  await vi.advanceTimersByTimeAsync(600_000)
  expect(ask).toHaveBeenCalledTimes(101)
})
