// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { ReadTo } from './frames'
import type { PersonBrief } from './org'

/** Who has read a message, or has not. `unit`: only people of this unit (0: of none). */
export interface GetReaders {
  stream: string
  seq: number
  state?: 'unread' | 'read'
  unit?: number | null
  after?: number
  limit?: number
}

/** How many of a unit's people (by their main position) have read a message; `unit` 0: those of none. */
export interface UnitReaders {
  unit: number
  name: string
  read: number
  unread: number
}

/** `units` come with the first page of all, those with most non-readers first. */
export interface Readers {
  read: number
  unread: number
  people: PersonBrief[]
  units?: UnitReaders[]
  next?: number | null
}

export interface Watch {
  stream: string
}

/** How far the others have come. Not `live`: nothing will be heard, the group is too large for that. */
export interface Watched {
  live: boolean
  marks?: ReadTo[]
}

/** The device has stored these direct conversations up to these `no`. */
export interface Deliver {
  upto: Record<string, number>
}

/** Those that have moved by it, and up to where. */
export interface Delivered {
  upto: Record<string, number>
}

export interface Typing {
  stream: string
}
