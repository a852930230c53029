import { describe, expect, it } from 'vitest'
import { after, type Said } from '../src/chat/later'
import { rowsOf, type Bubble } from '../src/chat/rows'
import { merged } from '../src/chat/thread'
import { foldWith } from '../src/core/folding'
import { foldings } from '../src/chat/later'
import { Memory } from '../src/core/local_memory'
import type { Entry } from '../src/wire'

const ME = 1
const HER = 2
const MORNING = new Date(2026, 10, 20, 9, 0).getTime()

function said(seq: number, text: string, more: object = {}): Said {
  return { stream: 'chat:1', seq, no: seq, at: MORNING + seq, actor: HER, kind: 'chat.message', body: { text, ...more } }
}

function later(seq: number, kind: string, target: number, body: object = {}, actor = HER): Entry {
  return { stream: 'chat:1', seq, at: seq, actor, kind, target, body: { ...body } }
}

describe('what becomes of a message', () => {
  it('shows its newest text and when it was changed', () => {
    const once = after(said(1, '八点'), later(2, 'chat.edited', 1, { text: '九点' }), ME)
    const twice = after(once, later(3, 'chat.edited', 1, { text: '十点' }), ME)
    expect(twice.body).toEqual({ text: '十点', edited: 3 })
    expect(after(twice, later(2, 'chat.edited', 1, { text: '九点' }), ME)).toBe(twice)
  })

  it('mentions whom its newest text mentions', () => {
    const mention = (at: number) => ({ at, length: 3, people: [{ id: ME, name: '许诺' }] })
    const first = said(1, '@许诺 八点', { mentions: [mention(0)] })
    const moved = after(first, later(2, 'chat.edited', 1, { text: '九点 @许诺', mentions: [mention(3)] }), ME)
    expect(moved.body).toEqual({ text: '九点 @许诺', mentions: [mention(3)], edited: 2 })
    const gone = after(moved, later(3, 'chat.edited', 1, { text: '九点 @许诺。' }), ME)
    expect(gone.body).toEqual({ text: '九点 @许诺。', edited: 3 })
  })

  it('leaves nothing of what was taken back, whatever comes after it', () => {
    const reacted = after(said(1, '进货价', { pictures: [{ id: 'x' }] }), later(2, 'chat.reacted', 1, { emoji: '👍', on: true }), ME)
    const gone = after(reacted, later(3, 'chat.recalled', 1), ME)
    expect(gone.body).toEqual({ recalled_by: HER })
    expect(gone.reactions).toEqual([])
    expect(after(gone, later(4, 'chat.edited', 1, { text: '进货价' }), ME)).toBe(gone)
  })

  it('counts each reaction once and knows mine', () => {
    const on = later(2, 'chat.reacted', 1, { emoji: '👍', on: true })
    const one = after(said(1, '好'), on, ME)
    expect(after(one, on, ME)).toBe(one)
    const two = after(one, later(3, 'chat.reacted', 1, { emoji: '👍', on: true }, ME), ME)
    expect(two.reactions).toEqual([{ emoji: '👍', count: 2, people: [HER, ME], mine: true }])
    const mineGone = after(two, later(4, 'chat.reacted', 1, { emoji: '👍', on: false }, ME), ME)
    expect(mineGone.reactions).toEqual([{ emoji: '👍', count: 1, people: [HER], mine: false }])
    expect(after(mineGone, later(5, 'chat.reacted', 1, { emoji: '👍', on: false }), ME).reactions).toEqual([])
  })

  it('is a card that the first who presses decides, and that counts the others once each', () => {
    const card = said(1, '【调货】', { card: { title: '调货', buttons: [{ id: 'take', label: '接单' }, { id: 'seen', label: '收到', once: false }] } })
    const counted = after(card, later(2, 'chat.card_changed', 1, { button: 'seen' }), ME)
    expect(after(counted, later(2, 'chat.card_changed', 1, { button: 'seen' }), ME)).toBe(counted)
    const mine = after(counted, later(3, 'chat.card_changed', 1, { button: 'seen', once: false }, ME), ME)
    expect(mine.card_state).toEqual({ counts: { seen: { count: 2, people: [HER, ME], mine: true } } })
    const decided = after(mine, later(4, 'chat.card_changed', 1, { button: 'take', once: true }), ME)
    expect(decided.card_state?.settled).toEqual({ button: 'take', person: HER, at: 4 })
    expect(decided.card_state?.counts).toEqual(mine.card_state?.counts)
    expect(decided.body).toEqual(card.body)
    expect(after(decided, later(5, 'chat.recalled', 1), ME).card_state).toBeNull()
  })

  it('has what stands behind its link until it says something else', () => {
    const preview = { url: 'https://a.example/', title: '周末闪购', site: 'a.example' }
    const shown = after(said(1, '看 https://a.example/'), later(2, 'chat.previewed', 1, { preview }), ME)
    expect(shown.preview).toEqual(preview)
    expect(after(shown, later(3, 'chat.edited', 1, { text: '算了' }), ME).preview).toBeNull()
    expect(after(shown, later(3, 'chat.edited', 1, {}), ME).preview).toBeNull()
    expect(after(shown, later(3, 'chat.recalled', 1), ME).preview).toBeNull()
    const bubble = rowsOf({ me: ME, readNo: null, waiting: [], entries: [shown] }).at(-1) as Bubble
    expect(bubble.preview).toEqual(preview)
  })

  it('is not undone by a page that is older', () => {
    const gone = after(said(1, '进货价'), later(9, 'chat.recalled', 1), ME)
    expect(merged([gone], [said(1, '进货价')])).toEqual([gone])
    expect(merged([said(1, '进货价')], [gone])).toEqual([gone])
  })
})

describe('what the device keeps', () => {
  it('has no word any more of what was taken back', async () => {
    foldWith(foldings(() => ME))
    const local = new Memory()
    const keep = (...entries: Entry[]) => local.keep({ dropped: [], left: [], entries, cursors: {}, owed: [] })
    await keep(said(1, '进货价 8.20'))
    await keep(later(2, 'chat.edited', 1, { text: '进货价 8.30' }))
    expect((await local.messages('chat:1', { limit: 9 }))[0]?.body).toEqual({ text: '进货价 8.30', edited: 2 })
    await keep(later(3, 'chat.recalled', 1))
    await local.learn([said(1, '进货价 8.20')])
    expect(JSON.stringify(await local.between('chat:1', 0, 99))).not.toContain('进货价')
  })
})

describe('the rows', () => {
  const scene = { me: ME, readNo: null, waiting: [] }

  it('show an answer with what it answers, wherever that stands', () => {
    const answer = said(5, '收到', { reply: { seq: 1, author: HER } })
    const quote = (entries: Said[], quoted = new Map<number, Said | null>()) =>
      (rowsOf({ ...scene, entries, quoted }).at(-1) as Bubble).quote
    expect(quote([said(1, '盘点'), answer])).toMatchObject({ text: '盘点', state: 'there' })
    expect(quote([answer], new Map([[1, said(1, '盘点')]]))).toMatchObject({ text: '盘点', state: 'there' })
    expect(quote([answer])).toMatchObject({ text: '', state: 'away' })
    const gone = after(said(1, '盘点'), later(9, 'chat.recalled', 1), ME)
    expect(quote([gone, answer])).toMatchObject({ text: '', state: 'recalled' })
  })

  it('keep the place of what was taken back', () => {
    const gone = after(said(1, '盘点'), later(9, 'chat.recalled', 1), ME)
    expect(rowsOf({ ...scene, entries: [gone, said(2, '好')] }).map((row) => row.type)).toEqual(['day', 'recalled', 'bubble'])
  })
})
