import type { Entry } from '../wire'
import { waitFor } from './backoff'
import { joined, nothing, type Outcome } from './journal'
import type { Batch, Local, Waiting } from './local'

export interface FeedWorld {
  local: Local
  /** Writes owed because of entries that are being stored. */
  owed(entries: Entry[]): Waiting[]
  /** The batch is on the device, or the device would not take it: show it. */
  kept(batch: Batch): void
  /** On the device for certain, after it was shown. */
  stored(batch: Batch): void
  /** Whether the device takes what comes; false until a later try worked. */
  keeping(works: boolean): void
}

const BREATH = 60

/**
 * Persist, then show: outcomes of the journal go to the store in one transaction and only then to the screens. What
 * comes while one is being written is written together with the next, so that a flood costs few transactions.
 */
export class Feed {
  private next: Outcome = nothing()
  /** What could not be stored yet; it is shown already. No later cursor may be stored without it. */
  private unkept: Outcome = nothing()
  private tries = 0
  private due = false
  private again: ReturnType<typeof setTimeout> | undefined
  private running: Promise<void> | null = null
  private shownAt = 0
  private stopped = false

  /** `cursors`: up to which seq the device keeps each stream. */
  constructor(
    private readonly world: FeedWorld,
    private cursors: Record<string, number> = {},
  ) {}

  /** Up to where the device keeps a stream for certain; 0: nothing of it. */
  storedTo(stream: string): number {
    return this.cursors[stream] ?? 0
  }

  /** Nothing is written from now on: the store may be wiped. */
  stop(): void {
    this.stopped = true
    clearTimeout(this.again)
  }

  put(outcome: Outcome): Promise<void> {
    this.next = joined(this.next, outcome)
    return this.begin()
  }

  private begin(): Promise<void> {
    this.running ??= this.run().finally(() => (this.running = null))
    return this.running
  }

  private async run(): Promise<void> {
    // One turn of the loop later, so that all frames of one moment come together.
    await Promise.resolve()
    while (!this.stopped && (this.due || busy(this.next))) {
      await this.breathe()
      this.due = false
      const fresh = this.next
      this.next = nothing()
      const all = joined(this.unkept, fresh)
      let owed = this.world.local.lasting ? this.world.owed(all.entries) : []
      const works = await this.store(batchOf(all, owed))
      // The device is full. Show it anyway; it is not called delivered, and is stored with what comes next or by a
      // later try. Until then no cursor moves on, so that it comes again after a reload.
      this.unkept = works ? nothing() : all
      if (!works) owed = []
      this.world.kept(batchOf(fresh, owed))
      this.shownAt = Date.now()
      if (works) this.world.stored(batchOf(all, owed))
    }
  }

  private async store(batch: Batch): Promise<boolean> {
    clearTimeout(this.again)
    try {
      await this.world.local.keep(batch)
    } catch {
      if (this.stopped) return false
      this.again = setTimeout(() => {
        this.due = true
        void this.begin()
      }, waitFor(this.tries++))
      if (this.tries === 1) this.world.keeping(false)
      return false
    }
    for (const stream of [...batch.dropped, ...batch.left]) delete this.cursors[stream]
    Object.assign(this.cursors, batch.cursors)
    if (this.tries > 0) this.world.keeping(true)
    this.tries = 0
    return true
  }

  /** In a flood everything is painted a few times a second; a single message is shown at once. */
  private async breathe(): Promise<void> {
    const rest = this.shownAt + BREATH - Date.now()
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest))
  }
}

function batchOf({ dropped, left, entries, cursors }: Outcome, owed: Waiting[]): Batch {
  return { dropped, left, entries, cursors, owed }
}

function busy(outcome: Outcome): boolean {
  return (
    outcome.entries.length + outcome.left.length + outcome.dropped.length > 0 || Object.keys(outcome.cursors).length > 0
  )
}
