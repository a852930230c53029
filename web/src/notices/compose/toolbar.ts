export type Mark = 'bold' | 'heading' | 'bullets' | 'numbers' | 'quote' | 'link'

export interface Editing {
  text: string
  start: number // of what is selected
  end: number
}

const LINE_SIGNS: Record<'heading' | 'bullets' | 'quote', string> = { heading: '## ', bullets: '- ', quote: '> ' }

/** The text after a press on the toolbar, with the selection where writing goes on. A second press takes it back. */
export function marked(editing: Editing, mark: Mark, placeholder: string): Editing {
  switch (mark) {
    case 'bold':
      return bold(editing, placeholder)
    case 'link':
      return link(editing, placeholder)
    case 'numbers':
      return eachLine(editing, (line, at) => `${at + 1}. ${line}`, /^\d{1,3}\. /)
    default: {
      const sign = LINE_SIGNS[mark]
      return eachLine(editing, (line) => sign + line, new RegExp(`^${sign}`))
    }
  }
}

function bold({ text, start, end }: Editing, placeholder: string): Editing {
  const chosen = text.slice(start, end)
  if (text.slice(start - 2, start) === '**' && text.slice(end, end + 2) === '**') {
    return { text: text.slice(0, start - 2) + chosen + text.slice(end + 2), start: start - 2, end: end - 2 }
  }
  const words = chosen || placeholder
  return { text: `${text.slice(0, start)}**${words}**${text.slice(end)}`, start: start + 2, end: start + 2 + words.length }
}

function link({ text, start, end }: Editing, placeholder: string): Editing {
  const words = text.slice(start, end) || placeholder
  const before = `${text.slice(0, start)}[${words}](`
  const address = 'https://'
  return { text: `${before}${address})${text.slice(end)}`, start: before.length, end: before.length + address.length }
}

function eachLine({ text, start, end }: Editing, put: (line: string, at: number) => string, sign: RegExp): Editing {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const next = text.indexOf('\n', end)
  const to = next < 0 ? text.length : next
  const lines = text.slice(from, to).split('\n')
  const all = lines.every((line) => sign.test(line))
  const changed = lines.map((line, at) => (all ? line.replace(sign, '') : put(line.replace(sign, ''), at))).join('\n')
  return { text: text.slice(0, from) + changed + text.slice(to), start: from + changed.length, end: from + changed.length }
}
