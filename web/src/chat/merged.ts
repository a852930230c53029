import { say } from '../kit/i18n'
import type { Excerpt } from '../wire'
import { previewOf } from './preview'

/** More names than this and nobody reads them. */
const NAMED = 2

/** Whose words these are: what a record of several messages is called. */
export function titleOf(merged: readonly Excerpt[]): string {
  const names = [...new Set(merged.map(({ name }) => name || say('chat.someone')))]
  const some = names.slice(0, NAMED).join(say('chat.name_comma'))
  return say('chat.merged_of', { names: names.length > NAMED ? say('chat.and_more', { names: some, count: names.length }) : some })
}

/** One message of it in one line. */
export function lineOf(excerpt: Excerpt): string {
  return say('chat.by', { name: excerpt.name || say('chat.someone'), text: previewOf(excerpt) })
}

/** What stands at a place within it: `2.0` is the first of those in the third. Null: there is no such place. */
export function within(merged: readonly Excerpt[], path: string): readonly Excerpt[] | null {
  let here: readonly Excerpt[] = merged
  for (const step of path ? path.split('.') : []) {
    const next = here[Number(step)]?.merged
    if (!next?.length) return null
    here = next
  }
  return here
}
