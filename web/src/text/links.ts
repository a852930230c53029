import { isPlace } from './places'

export interface Link {
  href: string
  /** Where it leads, where the text does not plainly say so. */
  host?: string
}

/** As long as an address may be that is offered to be pressed. */
const LONGEST = 2_000
/** Ends an address: blanks, quotes, the punctuation of Chinese, and what turns letters, which never stand in one. */
const ENDS = new Set(' \t\n\r\v\f\u00a0\u3000\u2028\u2029<>"\'`“”‘’（）【】《》〈〉「」『』，。；：！？、…\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069')
/** Turn the direction in which letters are painted: an address could be read as another one. */
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
/** Belongs to the sentence where it stands last. */
const TAIL = new Set('.,;:!?(]}*_~')

/**
 * The address that begins here; only http and https: nothing in a text may run. Without `href` it leads nowhere, and is
 * no further looked into: what is made of thousands of beginnings would take long. So is one too long to be pressed:
 * a part of it would lead elsewhere.
 */
export function linkAt(text: string, at: number): (Partial<Link> & { length: number }) | null {
  const scheme = text.slice(at, at + 8).toLowerCase()
  const begins = scheme === 'https://' ? 8 : scheme.startsWith('http://') ? 7 : 0
  if (!begins) return null
  let end = at + begins
  let opened = 0
  while (end < text.length && !endsAt(text, end)) {
    if (text[end] === '(') opened++
    // Of brackets around an address the last one does not belong to it.
    else if (text[end] === ')' && --opened < 0) break
    end++
  }
  while (end > at + begins && TAIL.has(text[end - 1]!)) end--
  if (end === at + begins) return null
  return { ...safeLink(text.slice(at, end)), length: end - at }
}

/** A label as it may be shown beside an address: with nothing in it that turns its letters. */
export function unturned(label: string): string {
  return label.replace(TURNS, '')
}

/** An address as it may be pressed; null for every scheme but http and https. `shown`: what stands for it. */
export function safeLink(address: string, shown = address): Link | null {
  if (address.length > LONGEST) return null
  let url: URL
  try {
    url = new URL(address)
  } catch {
    return null
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || !url.hostname) return null
  return says(shown, url) ? { href: url.href } : { href: url.href, host: url.host }
}

function endsAt(text: string, at: number): boolean {
  return ENDS.has(text[at]!) || isPlace(text.charCodeAt(at))
}

/** Whether a text names the host as it is, right at its beginning: not behind a user's name, not in look-alike letters. */
function says(shown: string, url: URL): boolean {
  const bare = shown.toLowerCase().replace(/^https?:\/\//, '')
  const after = bare[url.host.length]
  return bare.startsWith(url.host) && (after === undefined || '/?#'.includes(after))
}
