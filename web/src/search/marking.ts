import type { Mark } from '../wire'

/** A text cut at its marks. Marks count code points, as the server does. */
export function pieces(text: string, marks: readonly Mark[] = []): { text: string; marked: boolean }[] {
  const characters = [...text]
  const cut: { text: string; marked: boolean }[] = []
  let at = 0
  const put = (until: number, marked: boolean): void => {
    if (until > at) cut.push({ text: characters.slice(at, until).join(''), marked })
    at = Math.max(at, until)
  }
  for (const { start, length } of marks) {
    put(Math.min(start, characters.length), false)
    put(Math.min(start + length, characters.length), true)
  }
  put(characters.length, false)
  return cut
}
