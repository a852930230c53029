// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { Card, CardState, LinkPreview } from './cards'
import type { FileKind, FileRef } from './files'
import type { Excerpt, Forwarded } from './forwarding'
import type { ReadTo } from './frames'
import type { Audience, PersonBrief } from './org'

export type ConversationKind = 'direct' | 'group'

export type Folder = 'store' | 'region' | 'project' | 'direct'

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
  announcement?: string
  may_post?: boolean
  closed?: boolean
  may_pin?: boolean
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
