import { ask } from '../core/api'
import type { UnitPage } from '../wire'

const FRESH = 60_000
const pages = new Map<number | null, { at: number; page: Promise<UnitPage> }>()

/** A unit with what lies below it (null: the top), asked at most once a minute: people go up and down a tree a lot. */
export function unitPage(unit: number | null): Promise<UnitPage> {
  const known = pages.get(unit)
  if (known && Date.now() - known.at < FRESH) return known.page
  const page = ask('org.unit', { unit })
  pages.set(unit, { at: Date.now(), page })
  page.catch(() => pages.delete(unit))
  return page
}

/** The organisation changed, or the language it is told in. */
export function forgetUnits(): void {
  pages.clear()
}
