// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { FileRef } from './files'
import type { Audience, PersonBrief, UnitKind } from './org'

export type Urgency = 'normal' | 'urgent'

export type RecipientState = 'queued' | 'delivered' | 'read' | 'confirmed'

/**
 * Publishes a notice to an audience. Recipients are frozen in this moment with unit and position. Needs a nonce.
 *
 * `deadline` is a time by which it must be confirmed (or read, when confirming is not asked).
 */
export interface Publish {
  title: string
  text: string
  audience: Audience
  must_confirm?: boolean
  urgency?: Urgency
  deadline?: number | null
  files?: string[]
}

export interface Published {
  notice: number
  stream: string
  recipients: number
  at: number
}

/** Body of `notice.published` in stream `notice:<id>`; every recipient hears it. */
export interface NoticeBody {
  notice: number
  title: string
  text: string
  must_confirm: boolean
  urgency: Urgency
  deadline: number | null
  files: FileRef[]
  publisher: PersonBrief
  recipients: number
}

/** Body of `notice.chased`: those below `units` (empty: everyone) who have not done it are asked again. */
export interface ChasedBody {
  notice: number
  units: number[]
  people: number
  by: PersonBrief
}

/** Body of `notice.due` in stream `notice:<id>/receipts`: how far it was when its deadline came. */
export interface DueBody {
  notice: number
  deadline: number
  counts: Record<string, number>
}

/**
 * Body of `notice.receipts` in stream `notice:<id>/receipts`: at most 500 receipts; boards hear the counts only.
 *
 * `counts` are cumulative, after these receipts: recipients, delivered, read, confirmed.
 */
export interface ReceiptsBody {
  receipts: ReceiptLine[]
  counts: Record<string, number>
}

export interface ReceiptLine {
  person: number
  state: RecipientState
  credential?: number | null
  device_at?: number | null
}

/** `owed`: what I have to do, must-confirm first; `received`: all mine, newest first; `sent`: what I may follow. */
export interface GetNotices {
  folder: 'owed' | 'received' | 'sent'
  before?: number | null
  limit?: number
}

export interface NoticeBrief {
  notice: number
  stream: string
  title: string
  preview: string
  at: number
  publisher: PersonBrief
  must_confirm: boolean
  urgency: Urgency
  deadline?: number | null
  my_state?: RecipientState | null
  counts?: Record<string, number> | null
}

export interface Notices {
  notices: NoticeBrief[]
  more: boolean
}

export interface GetNotice {
  notice: number
}

export interface Notice {
  brief: NoticeBrief
  text: string
  html: string
  files: FileRef[]
  delivered_at?: number | null
  read_at?: number | null
  confirmed_at?: number | null
  may_follow?: boolean
}

/**
 * Says that this device has stored these notices. Sent by the client after storing, never by the server.
 *
 * Answers where each stands; those that are not the person's are left out.
 */
export interface Receive {
  notices: number[]
  device_at?: number | null
}

/** Says that the body was in view for its reading time. */
export interface Read {
  notice: number
  device_at?: number | null
}

/** Confirms a notice; implies delivered and read. */
export interface Confirm {
  notice: number
  device_at?: number | null
}

export interface MyState {
  notice: number
  state: RecipientState
  at: number
}

export interface Received {
  states: MyState[]
}

/** The board of a notice below a unit (by default the top I may see). Watches it too: `counts` frames follow. */
export interface GetBoard {
  notice: number
  unit?: number | null
}

/** Counts are cumulative: confirmed ≤ read ≤ delivered ≤ recipients. `stores_done`: nobody is missing there. */
export interface BoardRow {
  unit: number
  name: string
  kind: UnitKind
  recipients: number
  delivered: number
  read: number
  confirmed: number
  stores: number
  stores_done: number
}

export interface BoardPerson {
  person: PersonBrief
  state: RecipientState
  delivered_at?: number | null
  read_at?: number | null
  confirmed_at?: number | null
  left?: boolean
}

export interface Board {
  notice: number
  total: BoardRow
  line: BoardRow[]
  rows: BoardRow[]
  people: BoardPerson[]
  receipts_stream: string
  at: number
}

/** Who has not yet reached `state`, by unit and name. `after`: the `next` of the page before, 0 for the first. */
export interface GetMissing {
  notice: number
  state: 'delivered' | 'read' | 'confirmed'
  unit?: number | null
  after?: number
  limit?: number
}

export interface Missing {
  people: BoardPerson[]
  total: number
  next?: number | null
}

/**
 * Asks again everyone below `unit` who has not confirmed (or read). At most once a minute per notice and unit.
 *
 * Needs a nonce.
 */
export interface Chase {
  notice: number
  unit?: number | null
}

export interface Chased {
  people: number
}
