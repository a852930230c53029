import { describe, expect, it } from 'vitest'
import type { Board, BoardPerson, BoardRow, RecipientState } from '../../src/wire'
import { byUnit, keepOrder, lines, missing, percent, sortRows } from '../../src/board/tree'

function row(unit: number, name: string, confirmed: number, recipients = 10, kind: BoardRow['kind'] = 'store'): BoardRow {
  return { unit, name, kind, recipients, delivered: recipients, read: confirmed, confirmed, stores: 1, stores_done: 0 }
}

function person(id: number, name: string, state: RecipientState, unit = '南京路店'): BoardPerson {
  return { person: { id, name, unit }, state }
}

function board(total: BoardRow, rows: BoardRow[], people: BoardPerson[] = []): Board {
  return { notice: 9, total, line: [], rows, people, receipts_stream: 'notice:9/receipts', at: 0 }
}

const nothing = { boards: new Map<number, Board>(), open: new Set<number>(), failed: new Set<number>() }

describe('the order of rows', () => {
  it('puts those with most missing first, then the smaller share, then the name', () => {
    const rows = [row(1, '静安店', 10), row(2, '南京路店', 7), row(3, '徐汇店', 2, 5), row(4, '豫园店', 7)]
    expect(sortRows(rows, 'confirmed').map((one) => one.unit)).toEqual([3, 2, 4, 1])
  })

  it('stays while somebody points at it', () => {
    const kept = keepOrder([row(1, '甲', 1), row(2, '乙', 2)], [row(2, '乙', 9), row(3, '丙', 0), row(1, '甲', 5)])
    expect(kept.map((one) => [one.unit, one.confirmed])).toEqual([[1, 5], [2, 9], [3, 0]])
  })
})

describe('numbers', () => {
  it('are never rounded up to done nor down to nobody', () => {
    expect(percent(row(1, '', 299, 300), 'confirmed')).toBe(99)
    expect(percent(row(1, '', 1, 5000), 'confirmed')).toBe(1)
    expect(percent(row(1, '', 300, 300), 'confirmed')).toBe(100)
    expect(percent(row(1, '', 0, 0), 'confirmed')).toBe(100)
    expect(missing(row(1, '', 287, 300), 'confirmed')).toBe(13)
  })
})

describe('the opened board', () => {
  const region = row(2, '华东大区', 5, 10, 'region')
  const store = row(3, '南京路店', 1, 2)
  const top = board(row(1, '总部', 5, 10, 'hq'), [region], [person(1, '张敏', 'read')])

  it('shows the first level and the people of the unit itself', () => {
    expect(lines(top, nothing).map((line) => line.key)).toEqual(['u2', 'p1-1'])
  })

  it('waits below what is being opened, and says when that failed', () => {
    const open = new Set([2])
    expect(lines(top, { ...nothing, open })[1]).toMatchObject({ kind: 'wait', unit: 2, depth: 1, failed: false })
    expect(lines(top, { ...nothing, open, failed: open })[1]).toMatchObject({ failed: true })
  })

  it('opens down to the person, who has not first', () => {
    const boards = new Map([
      [2, board(region, [store])],
      [3, board(store, [], [person(7, '阿强', 'confirmed'), person(8, '小李', 'queued'), person(9, '小王', 'read')])],
    ])
    const shown = lines(top, { ...nothing, boards, open: new Set([2, 3]) })
    expect(shown.map((line) => [line.kind, line.depth])).toEqual([
      ['unit', 0],
      ['unit', 1],
      ['person', 2],
      ['person', 2],
      ['person', 2],
      ['person', 0],
    ])
    expect(shown.filter((line) => line.kind === 'person').map((line) => line.person.person.name)).toEqual([
      '小李',
      '小王',
      '阿强',
      '张敏',
    ])
  })

  it('makes five thousand lines at once', () => {
    const stores = Array.from({ length: 300 }, (_, at) => row(100 + at, `店 ${at}`, 0, 17))
    const boards = new Map(
      stores.map((one) => [one.unit, board(one, [], Array.from({ length: 17 }, (_, at) => person(one.unit * 100 + at, `员工 ${at}`, 'queued')))]),
    )
    const before = performance.now()
    const all = lines(board(region, stores), { boards, open: new Set(boards.keys()), failed: new Set() })
    expect(all).toHaveLength(5_400)
    expect(performance.now() - before).toBeLessThan(500)
  })
})

it('puts each unit’s name above its people once', () => {
  const rows = byUnit([person(1, '甲', 'queued', '静安店'), person(2, '乙', 'queued', '静安店'), person(3, '丙', 'queued')])
  expect(rows.map((one) => (one.kind === 'unit' ? one.name : one.person.person.id))).toEqual(['静安店', 1, 2, '南京路店', 3])
})
