// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { GroupRole } from './chat'
import type { Folder } from './conversations'
import type { Audience, PersonBrief } from './org'

/** The card of a group. */
export interface GetGroup {
  stream: string
}

/**
 * A group, and what the asker may do in it.
 *
 * `managers` of a group hold `administer` over its unit (over the company, where it is one of the whole company) or
 * lead it, where it is temporary; `administrators` hold it over the company.
 */
export interface GroupCard {
  stream: string
  title: string
  folder: Folder
  members: number
  purpose?: string
  rule?: string
  announcement?: string
  announced_by?: PersonBrief | null
  announced_at?: number | null
  post_by?: GroupRole
  mention_all_by?: GroupRole
  slow_s?: number
  led_by?: PersonBrief | null
  ends_at?: number | null
  closed?: boolean
  member?: boolean
  may_set?: boolean
  may_leave?: boolean
  may_post?: boolean
  pin_by?: GroupRole
}

/** Changes what is given of a group's card. Needs a nonce. */
export interface SetGroup {
  stream: string
  title?: string | null
  purpose?: string | null
  announcement?: string | null
  post_by?: GroupRole | null
  mention_all_by?: GroupRole | null
  slow_s?: number | null
  ends_at?: number | null
  pin_by?: GroupRole | null
}

/** Body of `group.changed`: what is different about a group now. Without `by` its time was over. */
export interface GroupChangedBody {
  by?: PersonBrief | null
  title?: string | null
  purpose?: string | null
  announcement?: string | null
  post_by?: GroupRole | null
  mention_all_by?: GroupRole | null
  slow_s?: number | null
  ends_at?: number | null
  closed?: boolean | null
  led_by?: PersonBrief | null
  pin_by?: GroupRole | null
}

/** Makes a temporary group of these people and the asker. Needs a nonce. */
export interface MakeGroup {
  title: string
  people: number[]
  ends_at: number
  purpose?: string
}

/** Adds people to a temporary group. Needs a nonce. */
export interface AddPeople {
  stream: string
  people: number[]
}

/** Takes somebody out of a temporary group. Needs a nonce. */
export interface RemovePerson {
  stream: string
  person: number
}

/** Leaves a temporary group. Needs a nonce. */
export interface LeaveGroup {
  stream: string
}

/** Ends a temporary group before its time. Needs a nonce. */
export interface EndGroup {
  stream: string
}

/** Who is in a conversation; with `text`, those of them whose name, its pinyin or initials hold it. */
export interface GetMembers {
  stream: string
  text?: string | null
  after?: number
  limit?: number
}

/** A member as `PersonBrief` has them, and why they are in. */
export interface Member {
  id: number
  name: string
  title?: string
  unit?: string
  why?: string
}

export interface Members {
  members: Member[]
  total: number
  next?: number | null
}

/** The managed groups whose people the asker may address as an audience. */
export type GetGroups = Record<string, never>

/** A managed group and the audience it follows. */
export interface GroupChoice {
  stream: string
  title: string
  people: number
  audience: Audience
  unit_name?: string
}

export interface Groups {
  groups: GroupChoice[]
}

/** The managed groups made from a unit, for who administers it. */
export interface GetUnitGroups {
  unit: number
}

/** A managed group. `closed`: it has nobody to follow any more. */
export interface UnitGroup {
  stream: string
  title: string
  members: number
  closed?: boolean
}

export interface UnitGroups {
  groups: UnitGroup[]
}
