export interface Piece {
  text: string
  link?: string
}

const LINK = /https?:\/\/[^\s<>"'“”‘’（）【】《》，。；：！？、\u3000]+/g
const TAIL = /[.,;:!?)\]]+$/

/** A text in pieces, so that addresses can be pressed. Only http and https: nothing in a message may run. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const found of text.matchAll(LINK)) {
    const link = found[0].replace(TAIL, '')
    if (found.index > from) pieces.push({ text: text.slice(from, found.index) })
    pieces.push({ text: link, link })
    from = found.index + link.length
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}
