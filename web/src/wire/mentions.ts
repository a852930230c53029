// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { Message } from './chat'
import type { PersonBrief } from './org'

/** Messages that mention the reader, the newest first, below `before`. */
export interface GetMentions {
  before?: number | null
  limit?: number
}

export interface Mentions {
  messages: Message[]
  people: PersonBrief[]
  next?: number | null
}

/** Whom one can mention in a conversation, by what has been typed after the @ (nothing: whoever leads first). */
export interface FindMentionable {
  stream: string
  text?: string
}

/** A duty that reaches somebody in the conversation. `deputy`: that one stands in. */
export interface MentionableDuty {
  duty: number
  name: string
  person: PersonBrief
  deputy?: boolean
}

/** A position that `people` others hold in the conversation; `person`: who, where it is one. */
export interface MentionablePosition {
  position: string
  title: string
  people: number
  person?: PersonBrief | null
}

export interface Mentionable {
  people: PersonBrief[]
  everyone?: number
  duties?: MentionableDuty[]
  positions?: MentionablePosition[]
}
