import { linkAt, safeLink, unturned } from './links'
import { isPlace } from './places'

/** A stretch of a line with its look. */
export type Span =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'break' }
  | { type: 'bold' | 'slant' | 'struck'; spans: Span[] }
  | { type: 'link'; href: string; host?: string; spans: Span[] }

type Mark = 'bold' | 'slant' | 'struck'

/** What has been opened and not closed yet. */
interface Open {
  mark: Mark
  sign: string
  before: Span[]
}

const ESCAPED = new Set('\\`*_~[]()#>-+.!|{}')
const LONGEST_LABEL = 300

/**
 * The looks within a line: bold, slanted, struck out, code, links. In one pass; each mark is open at most once, and what
 * is never closed stays what was typed. Unlike CommonMark, a mark may stand between a Chinese word and its punctuation:
 * `**注意：**先关火` is bold.
 */
export function spansOf(text: string): Span[] {
  const open: Open[] = []
  let spans: Span[] = []
  let plain = ''
  /** No closing sign is found behind here: none is looked for again. */
  let noCode = false

  const put = (span: Span): void => {
    if (plain) spans.push({ type: 'text', text: plain })
    plain = ''
    spans.push(span)
  }
  const flush = (): void => {
    if (plain) spans.push({ type: 'text', text: plain })
    plain = ''
  }
  const reopen = (): void => {
    const last = open.pop()!
    flush()
    spans = [...last.before, { type: 'text', text: last.sign }, ...spans]
  }

  for (let at = 0; at < text.length; ) {
    const sign = text[at]!
    if (sign === '\n') {
      put({ type: 'break' })
      at += 1
      continue
    }
    if (sign === '\\' && ESCAPED.has(text[at + 1] ?? '')) {
      plain += text[at + 1]!
      at += 2
      continue
    }
    if (sign === '`' && !noCode) {
      const end = text.indexOf('`', at + 1)
      if (end > at + 1) {
        put({ type: 'code', text: text.slice(at + 1, end) })
        at = end + 1
        continue
      }
      noCode = end < 0
    }
    if (sign === 'h' || sign === 'H') {
      const link = linkAt(text, at)
      if (link) {
        plain += text.slice(at, at + link.length)
        at += link.length
        continue
      }
    }
    if (sign === '[') {
      const link = labelled(text, at)
      if (link) {
        put(link.span)
        at = link.end
        continue
      }
    }
    const mark = markAt(text, at, open.at(-1)?.mark)
    if (!mark) {
      plain += sign
      at += 1
      continue
    }
    const { mark: kind, sign: signs } = mark
    const place = open.findIndex((one) => one.mark === kind)
    if (place >= 0 && closes(text, at) && (plain || spans.length || open.length > place + 1)) {
      while (open.length > place + 1) reopen()
      flush()
      const { before } = open.pop()!
      before.push({ type: kind, spans })
      spans = before
    } else if (place < 0 && opens(text, at, signs)) {
      flush()
      open.push({ mark: kind, sign: signs, before: spans })
      spans = []
    } else plain += signs
    at += signs.length
  }
  while (open.length) reopen()
  flush()
  return spans
}

/** Of three stars the one that closes what was opened last comes first. */
function markAt(text: string, at: number, last?: Mark): { mark: Mark; sign: string } | null {
  if (last === 'slant' && text.startsWith('***', at)) return { mark: 'slant', sign: '*' }
  if (text.startsWith('**', at)) return { mark: 'bold', sign: '**' }
  if (text.startsWith('~~', at)) return { mark: 'struck', sign: '~~' }
  return text[at] === '*' ? { mark: 'slant', sign: '*' } : null
}

/** Not in 3*4 and not before a blank: there it is what was typed. */
function opens(text: string, at: number, sign: string): boolean {
  const next = text[at + sign.length]
  if (next === undefined || /\s/.test(next)) return false
  return sign !== '*' || !/[\dA-Za-z]/.test(text[at - 1] ?? '')
}

function closes(text: string, at: number): boolean {
  return !/\s/.test(text[at - 1] ?? ' ')
}

/** `[words](https://…)`; other schemes stay what was typed. A label or address that holds a `[` is none. */
function labelled(text: string, at: number): { span: Span; end: number } | null {
  let end = at + 1
  while (end < text.length && end - at <= LONGEST_LABEL && text[end] !== ']' && text[end] !== '[' && text[end] !== '\n') end++
  if (text[end] !== ']' || text[end + 1] !== '(' || end === at + 1) return null
  const label = unturned(text.slice(at + 1, end))
  if (!label.trim()) return null
  const from = end + 2
  let to = from
  while (to < text.length && !'()[ \n\t'.includes(text[to]!) && !isPlace(text.charCodeAt(to))) to++
  if (text[to] !== ')') return null
  const link = safeLink(text.slice(from, to), label)
  return link && { span: { type: 'link', ...link, spans: [{ type: 'text', text: label }] }, end: to + 1 }
}
