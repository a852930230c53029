import { spansOf, type Span } from './marks'

/** A part of a text that stands below the one before it. */
export type Block =
  | { type: 'heading'; level: 1 | 2 | 3; spans: Span[] }
  | { type: 'paragraph'; spans: Span[] }
  | { type: 'list'; ordered: boolean; start: number; items: Item[] }
  | { type: 'quote'; blocks: Block[] }
  | { type: 'code'; text: string }
  | { type: 'table'; head: Span[][]; rows: Span[][][] }
  | { type: 'rule' }

export interface Item {
  spans: Span[]
  below: Block[]
}

/** Deeper quotes and lists than these are shown at this depth. */
const DEEPEST = 4
const MOST_COLUMNS = 12
/** As many cells as the tables of a text have together; a line behind them stays what was typed. */
const MOST_CELLS = 600

const HEADING = /^ {0,3}(#{1,6}) +(\S.*)$/
const RULE = /^ {0,3}(?:-{3,}|\*{3,}|_{3,}) *$/
const FENCE = /^ {0,3}```/
const QUOTE = /^ {0,3}> ?/
/** People here write `1、` and `1）` without a blank behind. */
const ITEM = /^ {0,12}(?:([-*+•]|\d{1,3}[.)]) +|(\d{1,3}[、）．]) *)(\S.*)$/
const DIVIDER = /^ {0,3}\|?(?: {0,9}:?-{1,40}:? {0,9}\|){1,12}(?: {0,9}:?-{1,40}:?)? {0,9}$/

/**
 * A text with the small set of marks that people write: headings, lists, quotes, code, tables, and the looks within a
 * line (`marks.ts`). A tree of our own: nothing in it can be markup, and no line is looked at more than a few times.
 */
export function blocksOf(text: string): Block[] {
  return blocks(text.replace(/\r\n?/g, '\n').replace(/\t/g, '    ').split('\n'), 0, { cells: MOST_CELLS })
}

/** Whether a text looks different with its marks than as it was typed: beyond what stands in its lines anyway. */
export function usesMarks(text: string): boolean {
  if (!/[#*>`|~[-]/.test(text)) return false
  return blocksOf(text).some((block) => {
    if (block.type === 'paragraph') return block.spans.some((span) => span.type !== 'text' && span.type !== 'break')
    return !(block.type === 'list' && block.ordered) && block.type !== 'rule'
  })
}

/** What may still be made of the text. */
interface Room {
  cells: number
}

function blocks(lines: readonly string[], depth: number, room: Room): Block[] {
  const found: Block[] = []
  let said: string[] = []
  const end = (): void => {
    if (said.length) found.push({ type: 'paragraph', spans: spansOf(said.join('\n')) })
    said = []
  }
  for (let at = 0; at < lines.length; ) {
    const taken = lines[at]!.trim() === '' ? { length: 1 } : blockAt(lines, at, depth, room)
    if (!taken) {
      said.push(lines[at]!.trim())
      at += 1
      continue
    }
    end()
    if (taken.block) found.push(taken.block)
    at += taken.length
  }
  end()
  return found
}

interface Taken {
  block?: Block
  length: number
}

function blockAt(lines: readonly string[], at: number, depth: number, room: Room): Taken | null {
  const line = lines[at]!
  const heading = HEADING.exec(line)
  if (heading) {
    const level = Math.min(3, heading[1]!.length) as 1 | 2 | 3
    return { block: { type: 'heading', level, spans: spansOf(heading[2]!.trimEnd()) }, length: 1 }
  }
  if (RULE.test(line)) return { block: { type: 'rule' }, length: 1 }
  if (FENCE.test(line)) return fenced(lines, at)
  if (QUOTE.test(line) && depth < DEEPEST) return quoted(lines, at, depth, room)
  if (ITEM.test(line) && depth < DEEPEST) return listed(lines, at, depth, room)
  return table(lines, at, room)
}

/** Until its end, or the end of the text: whoever forgot it meant all of it. */
function fenced(lines: readonly string[], at: number): Taken {
  let end = at + 1
  while (end < lines.length && !FENCE.test(lines[end]!)) end++
  return { block: { type: 'code', text: lines.slice(at + 1, end).join('\n') }, length: Math.min(end + 1, lines.length) - at }
}

function quoted(lines: readonly string[], at: number, depth: number, room: Room): Taken {
  let end = at
  while (end < lines.length && QUOTE.test(lines[end]!)) end++
  const inside = lines.slice(at, end).map((line) => line.replace(QUOTE, ''))
  return { block: { type: 'quote', blocks: blocks(inside, depth + 1, room) }, length: end - at }
}

/** Items of one kind and depth; what is indented further belongs to the item above it. */
function listed(lines: readonly string[], at: number, depth: number, room: Room): Taken {
  const sign = signOf(ITEM.exec(lines[at]!)!)
  const ordered = isNumber(sign)
  const indent = indentOf(lines[at]!)
  const items: Item[] = []
  let end = at
  while (end < lines.length) {
    const one = ITEM.exec(lines[end]!)
    if (!one || indentOf(lines[end]!) !== indent || isNumber(signOf(one)) !== ordered) break
    let next = end + 1
    while (next < lines.length && indentOf(lines[next]!) > indent + 1 && lines[next]!.trim() !== '') next++
    items.push({ spans: spansOf(one[3]!.trimEnd()), below: blocks(lines.slice(end + 1, next), depth + 1, room) })
    end = next
    // One empty line between two items leaves them in one list.
    if (lines[end]?.trim() === '' && goesOn(lines[end + 1], indent, ordered)) end += 1
  }
  return { block: { type: 'list', ordered, start: ordered ? Number.parseInt(sign, 10) : 1, items }, length: end - at }
}

function goesOn(line: string | undefined, indent: number, ordered: boolean): boolean {
  const one = line === undefined ? null : ITEM.exec(line)
  return one !== null && indentOf(line!) === indent && isNumber(signOf(one)) === ordered
}

/** Each row has as many cells as the head, so that a line of one letter can stand for twelve. */
function table(lines: readonly string[], at: number, room: Room): Taken | null {
  const divider = lines[at + 1]
  if (!lines[at]!.includes('|') || divider === undefined || divider.length > 600 || !DIVIDER.test(divider)) return null
  const head = cellsOf(lines[at]!)
  if (head.length > room.cells) return null
  room.cells -= head.length
  const rows: Span[][][] = []
  let end = at + 2
  for (; end < lines.length && lines[end]!.includes('|') && head.length <= room.cells; end++) {
    const cells = cellsOf(lines[end]!)
    const row = head.map((_, place) => cells[place] ?? [])
    if (row.every((cell) => cell.length === 0)) continue
    rows.push(row)
    room.cells -= row.length
  }
  return { block: { type: 'table', head, rows }, length: end - at }
}

function cellsOf(line: string): Span[][] {
  const bare = line.trim().replace(/^\|/, '').replace(/\|$/, '')
  return bare.split('|').slice(0, MOST_COLUMNS).map((cell) => spansOf(cell.trim()))
}

function signOf(item: RegExpExecArray): string {
  return item[1] ?? item[2] ?? ''
}

function isNumber(sign: string): boolean {
  return sign.length > 1
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}
