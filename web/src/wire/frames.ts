// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { Entry, StreamState } from './sync'

export const PROTOCOL_VERSION = 1

export const OLDEST_VERSION = 1

export const CAPABILITIES = ['entries', 'streams', 'seen', 'counts'] as const

/** First frame of a client: the protocol version it speaks and what it can take. */
export interface Hello {
  t: 'hello'
  version: number
  capabilities?: string[]
  language?: 'zh-CN' | 'en'
}

/** Asks for an operation. `nonce` makes a repeat harmless; operations that change something require it. */
export interface Do {
  t: 'do'
  ref: number
  op: string
  body?: unknown
  nonce?: string | null
}

/** Answers hello. From here on the socket hears its streams; what came before is fetched by `sync.catch_up`. */
export interface Welcome {
  t: 'welcome'
  version: number
  capabilities: string[]
  person: number
  credential: number
  now: number
}

export interface Done {
  t: 'done'
  ref: number
  answer: unknown
}

/** An operation (or, without `ref`, a frame) was refused. `message` is in the person's language. */
export interface Refused {
  t: 'error'
  code: string
  message: string
  request_id: string
  ref?: number | null
  field?: string | null
  limit?: number | null
  retryable?: boolean
  retry_after_ms?: number | null
}

/** New entries of one stream, in seq order, without holes against the last batch sent on this socket. */
export interface Entries {
  t: 'entries'
  stream: string
  entries: Entry[]
}

/** The list of streams this person hears changed: streams joined (with their state) and streams left. */
export interface Streams {
  t: 'streams'
  joined?: StreamState[]
  left?: string[]
}

/** This person's read cursor moved, perhaps on another device. */
export interface Seen {
  t: 'seen'
  stream: string
  no: number
}

/**
 * Numbers of a counts-only stream moved (at most once a second): refetch the board if it is open.
 *
 * `counts` is empty for who may see only a part of them, and when what the person may see has changed: such a socket
 * hears no more of them until it has asked for the board again.
 */
export interface Counts {
  t: 'counts'
  stream: string
  seq: number
  counts: Record<string, number>
}

/**
 * How far somebody in a stream has come: has `read` up to this `no`, has `got` (a device stored) up to that one.
 *
 * `first`: the first seq they may see. In a frame it is left out, and so is what has not moved.
 */
export interface ReadTo {
  person: number
  read?: number
  got?: number
  first?: number
}

/**
 * Others have come further in the stream this socket watches (`chat.watch`), at most once a second.
 *
 * Without `marks` somebody has, and whoever may know more asks for it.
 */
export interface Marks {
  t: 'marks'
  stream: string
  marks?: ReadTo[]
}

/** Somebody says something in passing to whoever watches the stream: kind `typing`. It is stored nowhere. */
export interface Whisper {
  t: 'whisper'
  stream: string
  actor: number
  kind: string
}

export type ClientFrame = Hello | Do

export type ServerFrame = Welcome | Done | Refused | Entries | Streams | Seen | Counts | Marks | Whisper
