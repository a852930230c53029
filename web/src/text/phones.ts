/**
 * Numbers as people here write them: mobiles (with or without +86), landlines with their area code and extension, and
 * the 400 and 800 numbers of companies. Bounded everywhere, so that nothing can be made to take long.
 */
const SHAPES: readonly RegExp[] = [
  /(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}/y,
  /[48]00[ -]?(?:\d{3}[ -]?\d{4}|\d{4}[ -]?\d{3})/y,
  /(?:\+?86[ -]?)?(?:0(?:10|2\d)[ -]?\d{4}[ -]?\d{4}|0[3-9]\d{2}[ -]?\d{3,4}[ -]?\d{4})(?:(?:-|转|ext\.? ?)\d{1,6})?/y,
  /[(（]0(?:10|2\d|[3-9]\d{2})[)）][ -]?\d{3,4}[ -]?\d{4}(?:(?:-|转|ext\.? ?)\d{1,6})?/y,
]
const EXTENSION = /(?:转|ext\.? ?)(\d{1,6})$/
const GOES_ON = /[\dA-Za-z_@%]/

/** The phone number that begins here: as it is written, and as it is dialled. */
export function phoneAt(text: string, at: number): { text: string; number: string } | null {
  for (const shape of SHAPES) {
    shape.lastIndex = at
    const said = shape.exec(text)?.[0]
    if (!said) continue
    const end = at + said.length
    if (GOES_ON.test(text[end] ?? '')) continue
    if (isMore(text, end)) continue
    return { text: said, number: dialled(said) }
  }
  return null
}

/** A number that goes on behind a dash or a point is something else: an order, an address of the net. */
function isMore(text: string, end: number): boolean {
  return '-.:/'.includes(text[end] ?? ' ') && /\d/.test(text[end + 1] ?? '')
}

/** What a phone understands: the digits, and after a pause the extension. */
function dialled(said: string): string {
  const extension = EXTENSION.exec(said)?.[1] ?? trailing(said)
  const main = extension ? said.slice(0, said.length - extension.length) : said
  const bare = main.replace(/[^\d+]/g, '')
  const digits = /^86[01]/.test(bare) ? `+${bare}` : bare
  return extension ? `${digits},${extension}` : digits
}

/** `021-62345678-803`: what stands after the second dash of a landline. */
function trailing(said: string): string {
  const dash = said.lastIndexOf('-')
  const after = said.slice(dash + 1)
  const digits = said.slice(0, dash).replace(/\D/g, '')
  return dash > 0 && /^[(（]?\+?0/.test(said) && digits.length >= 10 && /^\d{1,6}$/.test(after) ? after : ''
}
