// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { Message } from './chat'
import type { PersonBrief } from './org'

export type ConversationKind = 'direct' | 'group'

export type Folder = 'store' | 'region' | 'project' | 'direct'

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
