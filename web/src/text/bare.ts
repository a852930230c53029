/** Lines that only divide: rules, and the second line of a table. */
const DIVIDER = /^[ \t|:*_-]{3,}$/gm
/** What stands before the words of a line: signs of headings, quotes, items. */
const SIGN = /^[ \t]{0,12}(?:(?:#{1,6}|[-*+•]|\d{1,3}[.)])[ \t]+|>[> \t]*|\d{1,3}[、）．]){1,4}/gm
const LINK = /\[([^\][\n]{1,300})\]\([^()\s]{1,2000}\)/g
/** Not the star of 3*4. */
const LOOKS = /(?<![\dA-Za-z])\*|\*(?![\dA-Za-z])|~~|`/g

/** The words of a text without its marks, on one line: for lists, which need no tree (`blocks.ts`) to be made of it. */
export function wordsOf(text: string): string {
  return text.replace(DIVIDER, '').replace(SIGN, '').replace(LINK, '$1').replace(LOOKS, '').replace(/[|\s]+/g, ' ').trim()
}
