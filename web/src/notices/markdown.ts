/**
 * The small set of markdown a notice may use, for the preview while writing and for notices read offline: headings,
 * bold, italic, lists, quotes, links, rules. Everything is escaped first, so that what is typed can never become markup.
 */
export function markdownHtml(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  const html: string[] = []
  for (let at = 0; at < lines.length; ) {
    const kind = kindOf(lines[at]!)
    let end = at + 1
    while (end < lines.length && joins(kind, kindOf(lines[end]!))) end++
    html.push(block(kind, lines.slice(at, end)))
    at = end
  }
  return html.join('')
}

type Kind = 'blank' | 'heading' | 'rule' | 'bullet' | 'number' | 'quote' | 'text'

function kindOf(line: string): Kind {
  if (/^\s*$/.test(line)) return 'blank'
  if (/^#{1,3}\s+\S/.test(line)) return 'heading'
  if (/^\s*(?:-{3,}|\*{3,})\s*$/.test(line)) return 'rule'
  if (/^\s*[-*+]\s+/.test(line)) return 'bullet'
  if (/^\s*\d{1,3}[.)]\s+/.test(line)) return 'number'
  if (/^\s*>\s?/.test(line)) return 'quote'
  return 'text'
}

function joins(kind: Kind, next: Kind): boolean {
  return kind === next && kind !== 'heading' && kind !== 'rule'
}

function block(kind: Kind, lines: string[]): string {
  switch (kind) {
    case 'blank':
      return ''
    case 'heading': {
      const [, signs = '', words = ''] = /^(#{1,3})\s+(.*)$/.exec(lines[0]!) ?? []
      return `<h${signs.length}>${inline(words)}</h${signs.length}>`
    }
    case 'rule':
      return '<hr>'
    case 'bullet':
      return list('ul', lines, /^\s*[-*+]\s+/)
    case 'number':
      return list('ol', lines, /^\s*\d{1,3}[.)]\s+/)
    case 'quote':
      return `<blockquote><p>${lines.map((line) => inline(line.replace(/^\s*>\s?/, ''))).join('<br>')}</p></blockquote>`
    default:
      return `<p>${lines.map(inline).join('<br>')}</p>`
  }
}

function list(tag: 'ul' | 'ol', lines: string[], sign: RegExp): string {
  return `<${tag}>${lines.map((line) => `<li>${inline(line.replace(sign, ''))}</li>`).join('')}</${tag}>`
}

function inline(text: string): string {
  return escaped(text)
    .replace(/\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g, '<a href="$2">$1</a>')
    .replace(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, '<strong>$1</strong>')
    .replace(/(^|[^*])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?!\*)/g, '$1<em>$2</em>')
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
