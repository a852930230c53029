import type { Entry } from '../wire'
import { joined, nothing, type Outcome } from './journal'
import type { Batch, Local, Waiting } from './local'

export interface FeedWorld {
  local: Local
  /** Writes owed because of entries that are being stored. */
  owed(entries: Entry[]): Waiting[]
  /** The batch is on the device, or the device would not take it: show it. */
  kept(batch: Batch): void
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
  private running: Promise<void> | null = null
  private shownAt = 0

  constructor(private readonly world: FeedWorld) {}

  put(outcome: Outcome): Promise<void> {
    this.next = joined(this.next, outcome)
    this.running ??= this.run().finally(() => (this.running = null))
    return this.running
  }

  private async run(): Promise<void> {
    // One turn of the loop later, so that all frames of one moment come together.
    await Promise.resolve()
    while (busy(this.next)) {
      await this.breathe()
      const fresh = this.next
      this.next = nothing()
      const all = joined(this.unkept, fresh)
      let owed = this.world.local.lasting ? this.world.owed(all.entries) : []
      try {
        await this.world.local.keep(batchOf(all, owed))
        this.unkept = nothing()
      } catch {
        // The device is full. Show it anyway; it is not called delivered, and is stored with what comes next. Until
        // then no cursor moves on, so that it comes again after a reload.
        this.unkept = all
        owed = []
      }
      this.world.kept(batchOf(fresh, owed))
      this.shownAt = Date.now()
    }
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
