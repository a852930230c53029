import type { Entry } from '../wire'
import { foldingOf, newer } from './folding'
import type { Batch, Local, Range, Waiting } from './local'

/** The same promises as the lasting store, for as long as the page is open. */
export class Memory implements Local {
  readonly lasting = false
  private readonly streams = new Map<string, Map<number, Entry>>()
  private readonly at = new Map<string, number>()
  private readonly values = new Map<string, unknown>()
  private readonly waiting = new Map<string, Waiting>()
  private readonly blobs = new Map<string, Blob>()

  async cursors(): Promise<Record<string, number>> {
    return Object.fromEntries(this.at)
  }

  async keep(batch: Batch): Promise<void> {
    for (const stream of [...batch.dropped, ...batch.left]) this.streams.delete(stream)
    for (const stream of batch.left) this.at.delete(stream)
    for (const entry of batch.entries) {
      const folding = foldingOf(entry)
      this.of(entry.stream).set(entry.seq, folding?.kept(entry) ?? entry)
      const target = folding && this.of(entry.stream).get(entry.target!)
      if (target) this.of(entry.stream).set(target.seq, folding.onto(target, entry))
    }
    for (const [stream, seq] of Object.entries(batch.cursors)) this.at.set(stream, seq)
    for (const item of batch.owed) this.waiting.set(item.nonce, item)
  }

  async learn(entries: Entry[]): Promise<void> {
    for (const entry of entries) {
      const stream = this.of(entry.stream)
      const before = stream.get(entry.seq)
      stream.set(entry.seq, before ? newer(before, entry) : entry)
    }
  }

  async messages(stream: string, range: Range): Promise<Entry[]> {
    const rising = this.sorted(stream).filter((entry) => typeof entry.no === 'number')
    if (range.after !== undefined) return rising.filter((entry) => entry.no! > range.after!).slice(0, range.limit)
    return rising.filter((entry) => entry.no! < (range.before ?? Infinity)).slice(-range.limit)
  }

  async between(stream: string, from: number, to: number): Promise<Entry[]> {
    return this.sorted(stream).filter((entry) => entry.seq >= from && entry.seq <= to)
  }

  async value<T>(key: string): Promise<T | undefined> {
    return this.values.get(key) as T | undefined
  }

  async setValue(key: string, value: unknown): Promise<void> {
    this.values.set(key, value)
  }

  async outbox(): Promise<Waiting[]> {
    return [...this.waiting.values()].sort((one, other) => one.order - other.order)
  }

  async setWaiting(item: Waiting, bytes?: ReadonlyMap<string, Blob>): Promise<void> {
    this.waiting.set(item.nonce, { ...item })
    for (const [key, blob] of bytes ?? []) this.blobs.set(key, blob)
  }

  async dropWaiting(nonce: string, keepBytes = false): Promise<void> {
    for (const { key } of keepBytes ? [] : (this.waiting.get(nonce)?.parcels ?? [])) this.blobs.delete(key)
    this.waiting.delete(nonce)
  }

  async bytes(key: string): Promise<Blob | undefined> {
    return this.blobs.get(key)
  }

  async wipe(): Promise<void> {
    for (const map of [this.streams, this.at, this.values, this.waiting, this.blobs]) map.clear()
  }

  private of(stream: string): Map<number, Entry> {
    let entries = this.streams.get(stream)
    if (!entries) this.streams.set(stream, (entries = new Map()))
    return entries
  }

  private sorted(stream: string): Entry[] {
    return [...(this.streams.get(stream)?.values() ?? [])].sort((one, other) => one.seq - other.seq)
  }
}
