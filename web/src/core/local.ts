import type { Entry, FileKind, FileRef } from '../wire'

/** A picture on its way: its bytes stay on the device until the server has them. */
export interface Packed {
  blob: Blob
  name: string
  width: number
  height: number
  /** Set once uploaded, so that a repeat does not send the bytes again. */
  file?: FileRef
}

/**
 * A file on its way. Its bytes lie on the device under `key`, apart from what is noted of it: noting must not write a film
 * anew each time.
 */
export interface Parcel {
  key: string
  name: string
  size: number
  type: string
  kind?: FileKind
  width?: number
  height?: number
  duration_ms?: number
  wave?: string
  /** The picture to show before it plays, brought to the server before it. */
  poster?: Packed
  /** Set once it is there. */
  file?: FileRef
}

/** One intended change, kept until the server has answered it. */
export interface Waiting {
  nonce: string
  operation: string
  body: Record<string, unknown>
  /** What must keep its order stays in one lane: a conversation's messages. */
  lane: string
  at: number
  order: number
  /** `sent` only where an entry will come back and take its place on screen. */
  state: 'waiting' | 'sent' | 'failed'
  /** Whether an entry with this nonce will come back. */
  echoes: boolean
  pictures?: Packed[]
  parcels?: Parcel[]
  answer?: unknown
  refusal?: { code: string; message: string }
}

/** Written together or not at all. */
export interface Batch {
  dropped: string[]
  left: string[]
  entries: Entry[]
  cursors: Record<string, number>
  /** Writes that are owed because of these entries: kept in the same breath. */
  owed: Waiting[]
}

/** Which part of a stream to read: by `no`, nearest to the given end first in the request, rising in the answer. */
export interface Range {
  before?: number
  after?: number
  limit: number
}

/** What this device remembers of one person's work. */
export interface Local {
  /** False when it is gone with the page: then nothing may be called delivered to this device. */
  readonly lasting: boolean
  cursors(): Promise<Record<string, number>>
  keep(batch: Batch): Promise<void>
  /** Messages of a page of history, for reading offline. */
  learn(entries: Entry[]): Promise<void>
  messages(stream: string, range: Range): Promise<Entry[]>
  /** Every kept entry with from ≤ seq ≤ to. */
  between(stream: string, from: number, to: number): Promise<Entry[]>
  value<T>(key: string): Promise<T | undefined>
  setValue(key: string, value: unknown): Promise<void>
  outbox(): Promise<Waiting[]>
  /** With the bytes of its parcels, by their keys, when it is kept for the first time. */
  setWaiting(item: Waiting, bytes?: ReadonlyMap<string, Blob>): Promise<void>
  /** Removes it, and the bytes of its parcels unless another item is to send them. */
  dropWaiting(nonce: string, keepBytes?: boolean): Promise<void>
  /** The bytes of a parcel that waits here. */
  bytes(key: string): Promise<Blob | undefined>
  wipe(): Promise<void>
}

/** Opens the person's store; where the browser keeps nothing (a private window), memory has to do. */
export async function openLocal(person: number): Promise<Local> {
  try {
    const { openLasting } = await import('./local_dexie')
    return await openLasting(person)
  } catch {
    const { Memory } = await import('./local_memory')
    return new Memory()
  }
}

/** Removes everything this person left on this device. */
export async function wipePerson(person: number): Promise<void> {
  try {
    const { wipeLasting } = await import('./local_dexie')
    await wipeLasting(person)
  } catch {
    // A browser that keeps nothing has nothing to remove.
  }
}
