import { linkAt, type Link } from './links'
import { phoneAt } from './phones'
import { FIRST_PLACE, PLACES } from './places'

/**
 * Somebody who is meant where their name stands in a text. `person` null: everyone. `mine`: it means the reader.
 * `people`: what stands there is what they are or answer for, and these are who it meant when it was sent.
 */
export interface Named {
  text: string
  person: number | null
  mine: boolean
  people?: readonly { id: number; name: string }[]
}

/** A stretch of a text: plain, or something that can be pressed. */
export type Piece =
  | { kind: 'plain'; text: string }
  | ({ kind: 'link'; text: string } & Link)
  | { kind: 'phone'; text: string; number: string }
  /** Looks like a store code or an employee number; whether it is one the directory knows. */
  | { kind: 'code'; text: string }
  | { kind: 'name'; named: Named }

/** A text with a sign in place of each name that is meant; `at` and `length` count code points. */
export function withPlaces(text: string, names: readonly { at: number; length: number }[]): { text: string; named: string[] } {
  if (names.length === 0) return { text, named: [] }
  const letters = [...text.replace(PLACES, '\ufffd')]
  const named: string[] = []
  let out = ''
  let from = 0
  for (const { at, length } of names) {
    // Each sign is found by its number, so that one that cannot stand here has one, too.
    const stands = at >= from && at + length <= letters.length
    named.push(stands ? letters.slice(at, at + length).join('') : '')
    if (!stands) continue
    out += letters.slice(from, at).join('') + String.fromCharCode(FIRST_PLACE + named.length - 1)
    from = at + length
  }
  return { text: out + letters.slice(from).join(''), named }
}

/**
 * A text in pieces. Each letter is looked at a bounded number of times: a text made to be slow is not. Nothing that
 * could run becomes a link.
 */
export function piecesOf(text: string, names: readonly Named[] = []): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  let at = 0
  let codes = 0
  while (at < text.length) {
    const found = names.length ? (nameAt(text, at, names) ?? pieceAt(text, at)) : pieceAt(text, at)
    if (!found || (found.piece.kind === 'code' && ++codes > MOST_CODES)) {
      at += 1
      continue
    }
    if (at > from) pieces.push({ kind: 'plain', text: text.slice(from, at) })
    pieces.push(found.piece)
    from = at += found.length
  }
  if (from < text.length) pieces.push({ kind: 'plain', text: text.slice(from) })
  return pieces
}

interface Found {
  piece: Piece
  length: number
}

function nameAt(text: string, at: number, names: readonly Named[]): Found | null {
  const named = names[text.charCodeAt(at) - FIRST_PLACE]
  return named ? { piece: { kind: 'name', named }, length: 1 } : null
}

function pieceAt(text: string, at: number): Found | null {
  const code = text.charCodeAt(at)
  if (isLetter(code)) {
    if (isPartOfWord(text, at - 1)) return null
    return link(text, at) ?? codeAt(text, at)
  }
  if (isDigit(code) || code === PLUS || code === OPEN || code === WIDE_OPEN) {
    if (isPartOfWord(text, at - 1)) return null
    const phone = phoneAt(text, at)
    return phone && { piece: { kind: 'phone', text: phone.text, number: phone.number }, length: phone.text.length }
  }
  return null
}

function link(text: string, at: number): Found | null {
  const found = linkAt(text, at)
  if (!found) return null
  const shown = text.slice(at, at + found.length)
  const { href, host, length } = found
  return { piece: href ? { kind: 'link', text: shown, href, host } : { kind: 'plain', text: shown }, length }
}

/** One to four letters and two to eight digits, alone: SH001, A00012. */
function codeAt(text: string, at: number): Found | null {
  let end = at
  while (end - at <= MOST_LETTERS && isLetter(text.charCodeAt(end))) end++
  const letters = end - at
  while (end - at - letters <= MOST_DIGITS && isDigit(text.charCodeAt(end))) end++
  const digits = end - at - letters
  if (letters > MOST_LETTERS || digits < 2 || digits > MOST_DIGITS || isPartOfWord(text, end)) return null
  return { piece: { kind: 'code', text: text.slice(at, end) }, length: end - at }
}

/** The directory is asked for each of them. */
const MOST_CODES = 50
const MOST_LETTERS = 4
const MOST_DIGITS = 8
const PLUS = 0x2b
const OPEN = 0x28
const WIDE_OPEN = 0xff08
const JOINERS = '-_/@$%&+\\'

/** Whether what stands here belongs to the same word or number: `x-SH001`, `v1.13800138000`. A full stop may just end. */
export function isPartOfWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (isLetter(code) || isDigit(code)) return true
  if (JOINERS.includes(text[at] ?? ' ')) return true
  return text[at] === '.' && isDigit(text.charCodeAt(at + 1)) && isDigit(text.charCodeAt(at - 1))
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}
