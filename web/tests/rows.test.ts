import { describe, expect, it } from 'vitest'
import { rowsOf, type Bubble, type Row } from '../src/chat/rows'
import type { Waiting } from '../src/core/local'
import type { Entry } from '../src/wire'

const MORNING = new Date(2026, 10, 20, 9, 0).getTime()
const MINUTE = 60_000
const ME = 1

function said(seq: number, actor: number, at: number, text = '好'): Entry {
  return { stream: 'chat:1', seq, no: seq, at, actor, kind: 'chat.message', body: { text }, nonce: `nonce-${seq}` }
}

function pending(nonce: string, at: number, state: Waiting['state'] = 'waiting'): Waiting {
  return { nonce, operation: 'chat.send', body: { text: '稍等' }, lane: 'chat:1', at, order: 1, state, echoes: true }
}

const scene = { me: ME, readNo: null, waiting: [], entries: [] }
const kinds = (rows: Row[]): string[] => rows.map((row) => row.type)
const bubbles = (rows: Row[]): Bubble[] => rows.filter((row): row is Bubble => row.type === 'bubble')

describe('the rows of a conversation', () => {
  it('begin a day with its name and gather runs of one author', () => {
    const entries = [
      said(1, 2, MORNING),
      said(2, 2, MORNING + MINUTE),
      said(3, 2, MORNING + 20 * MINUTE),
      said(4, ME, MORNING + 21 * MINUTE),
      said(5, 2, MORNING + 24 * 60 * MINUTE),
    ]
    const rows = rowsOf({ ...scene, entries })
    expect(kinds(rows)).toEqual(['day', 'bubble', 'bubble', 'bubble', 'bubble', 'day', 'bubble'])
    expect(bubbles(rows).map((one) => [one.first, one.last])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
      [true, true],
    ])
  })

  it('put the divider before the first new message of somebody else', () => {
    const entries = [said(1, 2, MORNING), said(2, ME, MORNING), said(3, ME, MORNING), said(4, 2, MORNING)]
    expect(kinds(rowsOf({ ...scene, entries, readNo: 2 }))).toEqual(['day', 'bubble', 'bubble', 'bubble', 'unread', 'bubble'])
  })

  it('put no divider where what was read is out of sight', () => {
    const entries = [said(50, 2, MORNING), said(51, 2, MORNING)]
    expect(kinds(rowsOf({ ...scene, entries, readNo: 10 }))).toEqual(['day', 'bubble', 'bubble'])
  })

  it('show what waits at the end, and once only when its entry is here', () => {
    const entries = [said(1, ME, MORNING)]
    const waiting = [pending('nonce-1', MORNING, 'sent'), pending('nonce-9', MORNING - 90 * 60 * MINUTE * 24)]
    const rows = rowsOf({ ...scene, entries, waiting })
    expect(kinds(rows)).toEqual(['day', 'bubble', 'bubble'])
    expect(bubbles(rows).map((one) => one.state)).toEqual(['sent', 'waiting'])
  })

  it('have keys of their own, which stay when a message is sent', () => {
    const before = rowsOf({ ...scene, entries: [said(1, 2, MORNING)], waiting: [pending('nonce-2', MORNING + 1)] })
    const after = rowsOf({ ...scene, entries: [said(1, 2, MORNING), said(2, ME, MORNING + 2)] })
    expect(after.map((row) => row.key)).toEqual(before.map((row) => row.key))
    expect(new Set(after.map((row) => row.key)).size).toBe(after.length)
  })
})
