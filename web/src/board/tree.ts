import type { Board, BoardPerson, BoardRow } from '../wire'

export type Goal = 'delivered' | 'read' | 'confirmed'

/** What the opened board shows, flat, one line per row: so that thousands scroll like a few. */
export type Line =
  | { kind: 'unit'; key: string; depth: number; row: BoardRow; open: boolean; leaf: boolean }
  | { kind: 'person'; key: string; depth: number; unit: number; person: BoardPerson }
  | { kind: 'wait'; key: string; depth: number; unit: number; failed: boolean }
  | { kind: 'nobody'; key: string; depth: number; unit: number }

export interface Opened {
  boards: ReadonlyMap<number, Board>
  open: ReadonlySet<number>
  failed: ReadonlySet<number>
}

const REACHED = { queued: 0, delivered: 1, read: 2, confirmed: 3 } as const

export function missing(row: Pick<BoardRow, 'recipients' | Goal>, goal: Goal): number {
  return Math.max(0, row.recipients - row[goal])
}

export function share(row: Pick<BoardRow, 'recipients' | Goal>, goal: Goal): number {
  return row.recipients ? row[goal] / row.recipients : 1
}

/** 96 is not 100: nothing is rounded up to done, and somebody is never rounded down to nobody. */
export function percent(row: Pick<BoardRow, 'recipients' | Goal>, goal: Goal): number {
  const exact = share(row, goal) * 100
  if (exact > 0 && exact < 1) return 1
  return Math.floor(exact)
}

/** "Not yet" first: most missing above, then the smaller share, then by name. */
export function sortRows(rows: BoardRow[], goal: Goal): BoardRow[] {
  return [...rows].sort(
    (one, other) =>
      missing(other, goal) - missing(one, goal) ||
      share(one, goal) - share(other, goal) ||
      one.name.localeCompare(other.name, 'zh-CN'),
  )
}

/** The order people see stays while they point at it: known rows keep their places, new ones come last. */
export function keepOrder(before: BoardRow[], fresh: BoardRow[]): BoardRow[] {
  const now = new Map(fresh.map((row) => [row.unit, row]))
  const kept = before.flatMap((row) => now.get(row.unit) ?? [])
  const known = new Set(before.map((row) => row.unit))
  return [...kept, ...fresh.filter((row) => !known.has(row.unit))]
}

export function sortPeople(people: BoardPerson[]): BoardPerson[] {
  return [...people].sort(
    (one, other) =>
      REACHED[one.state] - REACHED[other.state] || one.person.name.localeCompare(other.person.name, 'zh-CN'),
  )
}

export function hasDone(person: BoardPerson, goal: Goal): boolean {
  return REACHED[person.state] >= REACHED[goal]
}

/** The lines below the unit shown. */
export function lines(top: Board, opened: Opened, depth = 0): Line[] {
  const out: Line[] = []
  for (const row of top.rows) {
    const open = opened.open.has(row.unit)
    out.push({ kind: 'unit', key: `u${row.unit}`, depth, row, open, leaf: row.kind === 'store' })
    if (open) out.push(...inside(row.unit, opened, depth + 1))
  }
  for (const person of sortPeople(top.people)) {
    out.push({ kind: 'person', key: `p${top.total.unit}-${person.person.id}`, depth, unit: top.total.unit, person })
  }
  return out
}

function inside(unit: number, opened: Opened, depth: number): Line[] {
  const board = opened.boards.get(unit)
  if (!board) return [{ kind: 'wait', key: `w${unit}`, depth, unit, failed: opened.failed.has(unit) }]
  const below = lines(board, opened, depth)
  return below.length ? below : [{ kind: 'nobody', key: `n${unit}`, depth, unit }]
}

export type MissingRow =
  | { kind: 'unit'; key: string; name: string }
  | { kind: 'person'; key: string; person: BoardPerson }

/** People as the server lists them, by unit and name, with each unit's name above its people. */
export function byUnit(people: BoardPerson[]): MissingRow[] {
  return people.flatMap((person, at): MissingRow[] => {
    const row: MissingRow = { kind: 'person', key: `p${person.person.id}`, person }
    const unit = person.person.unit ?? ''
    return unit === people[at - 1]?.person.unit ? [row] : [{ kind: 'unit', key: `u${at}-${unit}`, name: unit }, row]
  })
}
