// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { FileRef } from './files'
import type { PersonBrief } from './org'

export type FoundKind = 'message' | 'file' | 'notice'

export type SearchOrder = 'best' | 'newest'

/** Where the next page begins: what `next` of the page before said. */
export interface After {
  points: number
  at: number
  stream: string
  seq: number
  file?: string
}

/** Searches what the person may read. All words of `text` must be there. */
export interface Search {
  text: string
  kind?: FoundKind | null
  stream?: string | null
  person?: number | null
  unit?: number | null
  since?: number | null
  until?: number | null
  order?: SearchOrder
  after?: After | null
  limit?: number
}

/** A stretch of text to be highlighted, in code points. */
export interface Mark {
  start: number
  length: number
}

/**
 * Something found, with the part of its text around what was searched for.
 *
 * `title` is a notice's title or a file's name. `before` and `behind` say whether the text goes on on that side.
 */
export interface Hit {
  kind: FoundKind
  stream: string
  seq: number
  at: number
  author: number
  text?: string
  marks?: Mark[]
  title?: string
  title_marks?: Mark[]
  before?: boolean
  behind?: boolean
  no?: number | null
  file?: FileRef | null
}

/** Goes into `after` as it is. */
export interface Next {
  points: number
  at: number
  stream: string
  seq: number
  file?: string
}

/** A page of what was found. Without `next` it is the last one. */
export interface Hits {
  hits: Hit[]
  people: PersonBrief[]
  next?: Next | null
}
