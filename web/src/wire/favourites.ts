// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { Message } from './chat'
import type { PersonBrief } from './org'

/** Takes messages of a conversation into one's favourites, or out of them. Needs a nonce. */
export interface Favour {
  stream: string
  seqs: number[]
  on?: boolean
}

/** Body of `chat.favoured` in the person's own stream: what they keep now, or no longer, for their other devices. */
export interface FavouredBody {
  stream: string
  seqs: number[]
  on: boolean
}

/** A page of one's favourites, the newest first, below the id `before`; with `text`, those that have its words. */
export interface GetFavourites {
  text?: string | null
  before?: number | null
  limit?: number
}

/** A message that the person keeps, as it may be read now, and when they took it. */
export interface Favourite {
  id: number
  kept_at: number
  message: Message
}

export interface Favourites {
  favourites: Favourite[]
  people: PersonBrief[]
  next?: number | null
}
