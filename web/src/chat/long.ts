/** As many characters as the server takes in one message, and from where on it is worth saying so. */
export const LONGEST = 10_000
export const NEAR = 9_500

const FOLDED_FROM = 20
const LETTERS_IN_LINE = 22
const WIDE = 0x2e80

/** As the server counts: blanks around the text not at all, an emoji as one. */
export function lengthOf(text: string): number {
  const said = text.trim()
  return said.length < NEAR ? said.length : [...said].length
}

/**
 * Whether a text would take more than about twenty lines of a bubble. Guessed from its letters, because the list must
 * know the height of a row before it is painted.
 */
export function isLong(text: string): boolean {
  let lines = 0
  for (const line of text.split('\n')) {
    let letters = 0
    for (let at = 0; at < line.length; at++) letters += line.charCodeAt(at) >= WIDE ? 1 : 0.5
    lines += Math.max(1, Math.ceil(letters / LETTERS_IN_LINE))
    if (lines > FOLDED_FROM) return true
  }
  return false
}
