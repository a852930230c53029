import { session } from '../core/session'
import type { PersonCard } from '../wire'
import { unitPage } from './units'

/** Whether I may give this person a new activation code: my right holds for a unit of theirs or one above it. */
export async function mayIssueCode(person: PersonCard): Promise<boolean> {
  const granted = session.me?.rights.issue_codes ?? []
  if (!granted.length) return false
  const pages = await Promise.all(person.positions.map((held) => unitPage(held.unit)))
  return pages.some(({ unit, line }) => granted.includes(unit.id) || line.some((above) => granted.includes(above.id)))
}

/** In groups, as people read out and type it. */
export function spelled(code: string): string {
  return code.includes('-') ? code : (code.match(/.{1,4}/g) ?? [code]).join(' ')
}

/** The server's QR picture as an image: an `<img>` runs nothing, whatever is in it. */
export function asImage(svg: string): string {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
}
