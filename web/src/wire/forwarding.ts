// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { FileRef } from './files'

/**
 * Forwards messages of a conversation to others: each by itself, or `merged` into one. Needs a nonce.
 *
 * `text` is a line of one's own, which follows as a message of its own.
 */
export interface Forward {
  stream: string
  seqs: number[]
  to: string[]
  merged?: boolean
  text?: string | null
}

/** Where the words of a message come from: who wrote them first, and when. */
export interface Forwarded {
  author: number
  name: string
  at: number
}

/** One of several messages forwarded as one, as it was when it was forwarded. Itself may have been several. */
export interface Excerpt {
  author: number
  name: string
  at: number
  text?: string
  pictures?: FileRef[]
  files?: FileRef[]
  forwarded?: Forwarded | null
  merged?: Excerpt[]
  markdown?: boolean
}
