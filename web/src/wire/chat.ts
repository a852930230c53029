// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { Card, CardState, LinkPreview } from './cards'
import type { FileKind, FileRef } from './files'
import type { Excerpt, Forwarded } from './forwarding'
import type { PersonBrief } from './org'

export type GroupRole = 'everyone' | 'managers' | 'administrators'

export type MentionOf = 'person' | 'everyone'

/** A mention as it is asked for: its place in `text` (code points, the @ included), and one of the others. */
export interface MentionWish {
  at: number
  length: number
  person?: number | null
  everyone?: boolean
  duty?: number | null
  position?: string | null
}

/**
 * A mention in a message: its place in `text` (code points), and whom it reaches; `everyone` names nobody.
 *
 * `duty` or `position`: what stands in the text for the people, who they were when it was sent.
 */
export interface Mention {
  at: number
  length: number
  of?: MentionOf
  people?: PersonBrief[]
  duty?: number
  position?: string
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
  reply?: number | null
  files?: string[]
  mentions?: MentionWish[]
  markdown?: boolean
}

export interface Sent {
  stream: string
  seq: number
  no: number
  at: number
}

/** What a message answers. What that one says is looked up: it may be edited or recalled. */
export interface Reply {
  seq: number
  author: number
}

/**
 * Body of `chat.message`, as it may be read now.
 *
 * `edited`: when its text was changed last; 0: never. `recalled_by`: it was taken back by this person, and has nothing
 * else any more.
 */
export interface MessageBody {
  text?: string
  pictures?: FileRef[]
  files?: FileRef[]
  reply?: Reply | null
  forwarded?: Forwarded | null
  merged?: Excerpt[]
  card?: Card | null
  edited?: number
  recalled_by?: number
  mentions?: Mention[]
  markdown?: boolean
}

/**
 * Changes the text of one's own message, for some minutes. Needs a nonce.
 *
 * `mentions`: those of the message that stay, where they stand in the new text; the others go.
 */
export interface Edit {
  stream: string
  seq: number
  text: string
  mentions?: MentionWish[]
}

/** Body of `chat.edited`: what the message `target` says from now on. Without a text when it was changed again. */
export interface EditedBody {
  text?: string
  mentions?: Mention[]
}

/** Takes one's own message back, for some minutes. Needs a nonce. */
export interface Recall {
  stream: string
  seq: number
}

/** Body of `chat.recalled`: the message `target` is not to be read any more. */
export type RecalledBody = Record<string, never>

/** Adds one's reaction to a message, or takes it away. Needs a nonce. */
export interface React {
  stream: string
  seq: number
  emoji: string
  on?: boolean
}

/** Body of `chat.reacted`: the entry's actor added a reaction to the message `target`, or took it away. */
export interface ReactedBody {
  emoji: string
  on: boolean
}

/** One reaction to a message: how many reacted so, the first of them, and whether the asker did. */
export interface Reaction {
  emoji: string
  count: number
  people: number[]
  mine?: boolean
}

/** Where the entry stands that changed a message. `seq` is 0 where nothing had to be changed. */
export interface Changed {
  stream: string
  seq: number
  at: number
}

/** Body of `group.members`: who joined and left a managed group, and why (at most 20 named, the rest counted). */
export interface GroupLineBody {
  joined?: PersonBrief[]
  left?: PersonBrief[]
  joined_count?: number
  left_count?: number
  reason?: string
}

/** A message as pages show it. `changed`: seq of the last entry that changed it; 0: none did. */
export interface Message {
  stream: string
  seq: number
  no: number
  at: number
  author: number
  body: MessageBody
  nonce?: string | null
  changed?: number
  reactions?: Reaction[]
  pinned?: boolean
  card_state?: CardState | null
  preview?: LinkPreview | null
}

/** A message that is kept in sight, who pinned it, and when. */
export interface Pinned {
  message: Message
  by: number
  at: number
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
  quoted?: Message[]
  pins?: Pinned[]
}

/** Some messages of a conversation, by their seqs. */
export interface GetMessages {
  stream: string
  seqs: number[]
}

export interface Messages {
  messages: Message[]
  people: PersonBrief[]
}

/** Who reacted to a message with an emoji, by rising person id above `after`. */
export interface GetReactions {
  stream: string
  seq: number
  emoji: string
  after?: number
  limit?: number
}

export interface Reactions {
  people: PersonBrief[]
  next?: number | null
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
