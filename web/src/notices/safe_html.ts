/** Tags a notice may show. Anything else is replaced by its content, scripts and styles are dropped whole. */
const TAGS = new Set(
  'P BR STRONG B EM I U S DEL H3 H4 UL OL LI BLOCKQUOTE HR A CODE PRE TABLE THEAD TBODY TR TH TD SPAN'.split(' '),
)
/** The page has the first level and the notice's title the second, whatever a text begins with. */
const HEADINGS: Record<string, string> = { H1: 'H3', H2: 'H3', H3: 'H4', H5: 'H4', H6: 'H4' }
const DROPPED = new Set('SCRIPT STYLE TEMPLATE IFRAME OBJECT EMBED SVG MATH NOSCRIPT'.split(' '))

interface Policy {
  createHTML(html: string): string
}

interface PolicyMaker {
  createPolicy(name: string, rules: Policy): Policy
}

let policy: Policy | null = null

/** The only door through which markup enters this client. Browsers without Trusted Types take the plain string. */
function trusted(html: string): string {
  const maker = (globalThis as { trustedTypes?: PolicyMaker }).trustedTypes
  if (!maker) return html
  policy ??= maker.createPolicy('dianmai', { createHTML: (text) => text })
  return policy.createHTML(html)
}

/**
 * The server has cleaned this already; it is parsed into a document that runs and loads nothing and copied tag by tag,
 * so that a mistake there is not a hole here.
 */
export function safeNodes(html: string): DocumentFragment {
  const parsed = new DOMParser().parseFromString(trusted(html), 'text/html')
  const clean = document.createDocumentFragment()
  parsed.body.childNodes.forEach((node) => copy(node, clean))
  return clean
}

function copy(node: Node, into: Node): void {
  if (node.nodeType === Node.TEXT_NODE) {
    into.appendChild(document.createTextNode(node.textContent ?? ''))
    return
  }
  if (!(node instanceof Element) || DROPPED.has(node.tagName.toUpperCase())) return
  const tag = HEADINGS[node.tagName] ?? node.tagName
  if (!TAGS.has(tag)) {
    node.childNodes.forEach((child) => copy(child, into))
    return
  }
  const made = document.createElement(tag)
  if (made instanceof HTMLAnchorElement) link(made, node.getAttribute('href'))
  node.childNodes.forEach((child) => copy(child, made))
  into.appendChild(made)
}

function link(made: HTMLAnchorElement, href: string | null): void {
  if (!href || !/^(?:https?:|mailto:|tel:|\/(?!\/))/i.test(href)) return
  made.href = href
  made.target = '_blank'
  made.rel = 'noopener noreferrer nofollow'
}
