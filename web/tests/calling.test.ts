import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useCallable } from '../src/chat/callable'
import { useCalling } from '../src/chat/calling'
import type { Pick } from '../src/chat/mentioning'

const person = (id: number, name: string): object => ({ id, name, unit: '南京路店' })
const press = (key: string): KeyboardEvent => ({ key, isComposing: false }) as KeyboardEvent

describe('choosing whom an @ means', () => {
  /** Answers by the text they are for, given when the test says so. */
  let give: Map<string, (answer: object | null) => void>
  const scope = effectScope()

  beforeEach(() => {
    vi.useFakeTimers()
    give = new Map()
    vi.stubGlobal('fetch', (_: string, { body }: { body: string }) => {
      const { text } = JSON.parse(body) as { text: string }
      return new Promise<Response>((resolve, reject) => {
        give.set(text, (answer) => (answer ? resolve(Response.json(answer)) : reject(new TypeError('offline'))))
      })
    })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  function begun(): { typed: ReturnType<typeof ref<string | null>>; picks: Pick[]; list: ReturnType<typeof useCallable> } {
    const typed = ref<string | null>(null)
    const picks: Pick[] = []
    const list = scope.run(() => useCallable(() => 'chat:1', () => typed.value, (chosen) => picks.push(chosen)))!
    return { typed, picks, list }
  }

  async function answered(text: string, answer: object | null): Promise<void> {
    await vi.advanceTimersByTimeAsync(200)
    give.get(text)!(answer)
    await vi.advanceTimersByTimeAsync(10)
  }

  it('takes nobody by key who was found for what stood there before', async () => {
    const { typed, picks, list } = begun()
    typed.value = 'x'
    await nextTick()
    await answered('x', { people: [person(7, '徐磊'), person(8, '许诺')], everyone: 0 })
    typed.value = 'xn'
    await nextTick()
    expect(list.key(press('Enter'))).toBe(true)
    expect(list.key(press('Tab'))).toBe(true)
    expect(picks).toEqual([])
    await answered('xn', { people: [person(8, '许诺')], everyone: 0 })
    expect(list.key(press('Enter'))).toBe(true)
    expect(picks).toEqual([{ label: '@许诺', person: 8 }])
  })

  it('is closed where nobody answers: the key is for the message', async () => {
    const { typed, picks, list } = begun()
    typed.value = 'x'
    await nextTick()
    await answered('x', { people: [person(7, '徐磊')], everyone: 0 })
    typed.value = 'xn'
    await nextTick()
    await answered('xn', null)
    expect([list.open.value, list.key(press('Enter')), picks]).toEqual([false, false, []])
  })

  it('finds everyone however it is written', async () => {
    const { typed, list } = begun()
    typed.value = 'CHAT.MENTION.EVERY'
    await nextTick()
    await answered('CHAT.MENTION.EVERY', { people: [], everyone: 12 })
    expect(list.choices.value.map(({ key }) => key)).toEqual(['all'])
  })
})

describe('the chosen name', () => {
  it('takes the place of what was typed for it, wherever the caret has gone since', async () => {
    const box = { selectionStart: 0, focus: () => undefined, setSelectionRange: (to: number) => (box.selectionStart = to) }
    const text = ref('冷柜 @xn 急')
    const { called, look, put } = useCalling(text, ref(box as unknown as HTMLTextAreaElement), () => true)
    box.selectionStart = 6
    look()
    expect(called.value).toBe('xn')
    box.selectionStart = 4
    put({ label: '@许诺', person: 8 })
    expect(text.value).toBe('冷柜 @许诺  急')
    await nextTick()
    put({ label: '@许诺', person: 8 })
    expect(text.value).toBe('冷柜 @许诺  急')
  })
})
