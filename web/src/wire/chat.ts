// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { FileKind, FileRef } from './files'
import type { ReadTo } from './frames'
import type { Audience, PersonBrief } from './org'

export type ConversationKind = 'direct' | 'group'

export type Folder = 'store' | 'region' | 'project' | 'direct'

export type MentionOf = 'person' | 'everyone'

/** A mention as it is asked for: its place in `text` (code points, the @ included), and a `person` or `everyone`. */
export interface MentionWish {
  at: number
  length: number
  person?: number | null
  everyone?: boolean
}

/** A mention in a message: its place in `text` (code points), and whom it reaches; `everyone` names nobody. */
export interface Mention {
  at: number
  length: number
  of?: MentionOf
  people?: PersonBrief[]
}

/** The direct conversation with a person, made on first use. */
export interface OpenDirect {
  person: number
}

export interface Opened {
  stream: string
}

/** Sends a message: text, or pictures and files with an optional caption. Needs a nonce. */
export interface Send {
  stream: string
  text?: string | null
  pictures?: string[]
  files?: string[]
  mentions?: MentionWish[]
}

export interface Sent {
  stream: string
  seq: number
  no: number
  at: number
}

/** Body of `chat.message`. */
export interface MessageBody {
  text?: string
  pictures?: FileRef[]
  files?: FileRef[]
  mentions?: Mention[]
}

/** Body of `group.members`: who joined and left a managed group, and why (at most 20 named, the rest counted). */
export interface GroupLineBody {
  joined?: PersonBrief[]
  left?: PersonBrief[]
  joined_count?: number
  left_count?: number
  reason?: string
}

/** A message as pages show it. */
export interface Message {
  stream: string
  seq: number
  no: number
  at: number
  author: number
  body: MessageBody
  nonce?: string | null
}

export type GetConversations = Record<string, never>

export interface Conversation {
  stream: string
  kind: ConversationKind
  title: string
  members: number
  head: number
  head_no: number
  read_no: number
  with_person?: PersonBrief | null
  last?: Message | null
  muted?: boolean
  mentioned?: number
  moved?: number
  folder?: Folder
  pinned?: boolean
  hidden_no?: number
}

export interface Conversations {
  conversations: Conversation[]
  people: PersonBrief[]
}

/**
 * How the person keeps a conversation in their own list: what is given changes, the rest stays. Needs a nonce.
 *
 * `hidden_no`: out of the list until a message comes after this one; one below `head_no` brings it back.
 */
export interface Arrange {
  stream: string
  pinned?: boolean | null
  muted?: boolean | null
  hidden_no?: number | null
}

/** Body of `chat.arranged` in the person's own stream: what has changed, for their other devices. */
export interface ArrangedBody {
  stream: string
  pinned?: boolean | null
  muted?: boolean | null
  hidden_no?: number | null
}

/** A page of messages before or after a `no` (both given: refused). The newest page when neither is given. */
export interface GetHistory {
  stream: string
  before?: number | null
  after?: number | null
  limit?: number
}

export interface History {
  messages: Message[]
  people: PersonBrief[]
  more_before: boolean
  more_after: boolean
}

/** The files of a conversation, the newest first, of these kinds (none named: of all), before a `seq`. */
export interface GetFiles {
  stream: string
  kinds?: FileKind[]
  before?: number | null
  limit?: number
}

/** A file and the message it came with. */
export interface HeldFile {
  seq: number
  at: number
  author: number
  file: FileRef
}

export interface HeldFiles {
  files: HeldFile[]
  people: PersonBrief[]
  next?: number | null
}

export interface GetMembers {
  stream: string
  after?: number
  limit?: number
}

export interface Members {
  members: PersonBrief[]
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

export interface Mentionable {
  people: PersonBrief[]
  everyone?: number
}
