import { Dexie, type Table } from 'dexie'
import type { Entry } from '../wire'
import { foldingOf, newer } from './folding'
import type { Batch, Local, Range, Waiting } from './local'

const PREFIX = 'dianmai-'

class Tables extends Dexie {
  entries!: Table<Entry, [string, number]>
  cursors!: Table<{ stream: string; seq: number }, string>
  values!: Table<{ key: string; value: unknown }, string>
  outbox!: Table<Waiting, string>
  bytes!: Table<{ key: string; blob: Blob }, string>

  constructor(person: number) {
    super(PREFIX + person)
    this.version(1).stores({ entries: '[stream+seq], [stream+no]', cursors: 'stream', values: 'key', outbox: 'nonce' })
    this.version(2).stores({ bytes: 'key' })
  }
}

export async function openLasting(person: number): Promise<Local> {
  const tables = new Tables(person)
  await tables.open()
  return new Lasting(tables)
}

export async function wipeLasting(person: number): Promise<void> {
  await Dexie.delete(PREFIX + person)
}

class Lasting implements Local {
  readonly lasting = true

  constructor(private readonly db: Tables) {}

  async cursors(): Promise<Record<string, number>> {
    const rows = await this.db.cursors.toArray()
    return Object.fromEntries(rows.map((row) => [row.stream, row.seq]))
  }

  /** Two tabs write the same streams: a cursor only moves back when the server starts its stream over. */
  async keep(batch: Batch): Promise<void> {
    const { db } = this
    await db.transaction('rw', db.entries, db.cursors, db.outbox, async () => {
      for (const stream of [...batch.dropped, ...batch.left]) {
        await db.entries.where('[stream+seq]').between([stream, Dexie.minKey], [stream, Dexie.maxKey]).delete()
        await db.cursors.delete(stream)
      }
      await db.entries.bulkPut(batch.entries.map((entry) => foldingOf(entry)?.kept(entry) ?? entry))
      await this.fold(batch.entries)
      const streams = Object.keys(batch.cursors)
      const before = await db.cursors.bulkGet(streams)
      const moved = streams.map((stream, at) => ({ stream, seq: Math.max(before[at]?.seq ?? 0, batch.cursors[stream]!) }))
      await db.cursors.bulkPut(moved)
      await db.outbox.bulkPut(batch.owed)
    })
  }

  async learn(entries: Entry[]): Promise<void> {
    const { entries: table } = this.db
    await this.db.transaction('rw', table, async () => {
      const before = await table.bulkGet(entries.map(({ stream, seq }) => [stream, seq]))
      await table.bulkPut(entries.map((entry, at) => (before[at] ? newer(before[at], entry) : entry)))
    })
  }

  /** What these entries make of earlier ones, in the order they came. */
  private async fold(changes: Entry[]): Promise<void> {
    for (const change of changes) {
      const folding = foldingOf(change)
      const target = folding && (await this.db.entries.get([change.stream, change.target!]))
      if (target) await this.db.entries.put(folding.onto(target, change))
    }
  }

  async messages(stream: string, { before, after, limit }: Range): Promise<Entry[]> {
    const rows = this.db.entries.where('[stream+no]')
    if (after !== undefined) return rows.between([stream, after], [stream, Dexie.maxKey], false).limit(limit).toArray()
    const back = rows.between([stream, Dexie.minKey], [stream, before ?? Dexie.maxKey], true, false)
    return (await back.reverse().limit(limit).toArray()).reverse()
  }

  async between(stream: string, from: number, to: number): Promise<Entry[]> {
    return this.db.entries.where('[stream+seq]').between([stream, from], [stream, to], true, true).toArray()
  }

  async value<T>(key: string): Promise<T | undefined> {
    return (await this.db.values.get(key))?.value as T | undefined
  }

  async setValue(key: string, value: unknown): Promise<void> {
    await this.db.values.put({ key, value })
  }

  async outbox(): Promise<Waiting[]> {
    return (await this.db.outbox.toArray()).sort((one, other) => one.order - other.order)
  }

  async setWaiting(item: Waiting, bytes?: ReadonlyMap<string, Blob>): Promise<void> {
    const { db } = this
    await db.transaction('rw', db.outbox, db.bytes, async () => {
      await db.outbox.put(item)
      if (bytes) await db.bytes.bulkPut([...bytes].map(([key, blob]) => ({ key, blob })))
    })
  }

  async dropWaiting(nonce: string, keepBytes = false): Promise<void> {
    const { db } = this
    await db.transaction('rw', db.outbox, db.bytes, async () => {
      const parcels = keepBytes ? [] : ((await db.outbox.get(nonce))?.parcels ?? [])
      await db.outbox.delete(nonce)
      await db.bytes.bulkDelete(parcels.map((parcel) => parcel.key))
    })
  }

  async bytes(key: string): Promise<Blob | undefined> {
    return (await this.db.bytes.get(key))?.blob
  }

  async wipe(): Promise<void> {
    await this.db.delete()
  }
}
