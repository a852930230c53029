import { afterEach, describe, expect, it, vi } from 'vitest'
import { choose, gone, isChosen, MOST, pressToChoose, select, selection, stopSelecting } from '../src/chat/selecting'
import type { Bubble } from '../src/chat/rows'
import { toasts } from '../src/kit/toast'

const said = vi.hoisted(() => ({ entries: [] as { seq: number; kind: string; body: object }[] }))
vi.mock('../src/chat/thread', () => ({ entriesAfter: (seq: number) => said.entries.filter((one) => one.seq > seq) }))

const at = (seq: number): Bubble => ({ stream: 'chat:1', seq, state: 'sent' }) as Bubble
/** A press as a browser carries it out: a box has ticked itself before anybody hears of it, and unticks when held back. */
function pressOn(bubble: Bubble, box: HTMLInputElement, target: object = box, shiftKey = false): boolean {
  let held = false
  const before = box.checked
  if (target === box) box.checked = !before
  const event = { target, shiftKey, preventDefault: () => (held = true), stopPropagation: () => undefined }
  pressToChoose(event as unknown as MouseEvent, bubble, box)
  if (held && target === box) box.checked = before
  return held
}
const chosen = (): number[] => [...(selection.value?.seqs ?? [])].sort((one, other) => one - other)

describe('choosing messages', () => {
  afterEach(() => {
    stopSelecting()
    toasts.length = 0
  })

  it('begins with one, and each press chooses or leaves', async () => {
    await select.run(at(5))
    choose(at(7))
    choose(at(3))
    choose(at(7))
    choose(at(0))
    expect(chosen()).toEqual([3, 5])
    expect([isChosen(at(3)), isChosen({ stream: 'chat:2', seq: 3 })]).toEqual([true, false])
    gone('chat:2', 3)
    gone('chat:1', 3)
    gone('chat:1', 4)
    expect(chosen()).toEqual([5])
    stopSelecting()
    choose(at(5))
    expect(selection.value).toBeNull()
  })

  it('leaves the box of a message ticked as it is chosen', async () => {
    const box = { checked: false } as HTMLInputElement
    await select.run(at(5))
    expect(pressOn(at(7), box)).toBe(false)
    expect([box.checked, chosen()]).toEqual([true, [5, 7]])
    pressOn(at(7), box)
    expect([box.checked, chosen()]).toEqual([false, [5]])
    // Words, pictures and links of it are for choosing and nothing else.
    expect(pressOn(at(7), box, {})).toBe(true)
    expect(chosen()).toEqual([5, 7])
    expect(pressOn({ ...at(8), state: 'waiting' }, box, {})).toBe(true)
    expect(pressOn({ ...at(8), stream: 'chat:2' }, box, {})).toBe(false)
    expect(chosen()).toEqual([5, 7])
  })

  it('takes a stretch either way, without what was taken back', async () => {
    said.entries = [3, 4, 5, 6, 8].map((seq) => ({ seq, kind: 'chat.message', body: seq === 4 ? { recalled_by: 2 } : { text: '早' } }))
    await select.run(at(6))
    choose(at(3), true)
    expect(chosen()).toEqual([3, 5, 6])
    choose(at(8), true)
    expect(chosen()).toEqual([3, 5, 6, 8])
  })

  it('ends where the server would say no', async () => {
    said.entries = Array.from({ length: 80 }, (_, n) => ({ seq: n + 1, kind: 'chat.message', body: {} }))
    await select.run(at(1))
    choose(at(MOST), true)
    expect(chosen()).toHaveLength(MOST)
    choose(at(MOST + 1))
    choose(at(MOST + 5), true)
    expect(chosen()).toHaveLength(MOST)
    expect(toasts).toHaveLength(2)
    const box = { checked: false } as HTMLInputElement
    pressOn(at(MOST + 1), box)
    expect(box.checked).toBe(false)
    choose(at(1))
    choose(at(MOST + 1))
    expect(chosen()).toHaveLength(MOST)
  })
})
