// Made by bin/generate from dianmai/wire. Edit the structs there.

/**
 * One line of the journal, as every door shows it.
 *
 * `seq` is gapless per stream; `no` counts only what makes a conversation unread. `nonce` lets the author's device
 * match its own outbox. `body` belongs to `kind` (`wire/chat.py`, `wire/notices.py`, …). What was
 * withdrawn keeps its seq and kind; its body says so. About a `target` the person may not see an entry says nothing:
 * its body is empty.
 */
export interface Entry {
  stream: string
  seq: number
  at: number
  actor: number
  kind: string
  body: Record<string, unknown>
  no?: number | null
  nonce?: string | null
  target?: number | null
}

/** One stream a person hears: where it stands and how far the person has read. */
export interface StreamState {
  stream: string
  head: number
  head_no: number
  read_no: number
  first?: number
  muted?: boolean
}

/** The device's cursors: for each stream it keeps, the last seq it has stored. */
export interface CatchUp {
  known?: Record<string, number>
  limit?: number
}

/**
 * Everything the device lacks, up to `limit` entries.
 *
 * `streams` is the list of what the person hears, at most 2,000. When it is `whole`, a stream the device keeps that is
 * not in it was left (or is done with) and must be forgotten; otherwise nothing follows from what is not in it.
 * `start_over` names streams whose cursor the server cannot continue (ahead of the head, or before what may be seen):
 * drop what is stored of them and take the entries given. `more` means: store, move the cursors, ask again.
 */
export interface CaughtUp {
  streams: StreamState[]
  whole: boolean
  entries: Entry[]
  start_over: string[]
  more: boolean
  now: number
}

/** A range of one stream, to fill a hole: the entries after `after`, at most `limit`. */
export interface GetEntries {
  stream: string
  after: number
  limit?: number
}

export interface GotEntries {
  entries: Entry[]
  head: number
}

/** Moves the read cursor of a stream forward to `no`; going back changes nothing. */
export interface MarkRead {
  stream: string
  no: number
}

export interface ReadMark {
  stream: string
  no: number
}
