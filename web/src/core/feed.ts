import type { Entry } from '../wire'
import { joined, nothing, type Outcome } from './journal'
import type { Batch, Local, Waiting } from './local'

export interface FeedWorld {
  local: Local
  /** Writes owed because of entries that are being stored. */
  owed(entries: Entry[]): Waiting[]
  /** Everything in the batch is on the device: show it. */
  kept(batch: Batch): void
}

const BREATH = 60

/**
 * Persist, then show: outcomes of the journal go to the store in one transaction and only then to the screens. What
 * comes while one is being written is written together with the next, so that a flood costs few transactions.
 */
export class Feed {
  private next: Outcome = nothing()
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
      const { dropped, left, entries, cursors } = this.next
      this.next = nothing()
      const batch: Batch = { dropped, left, entries, cursors, owed: [] }
      batch.owed = this.world.local.lasting ? this.world.owed(entries) : []
      try {
        await this.world.local.keep(batch)
      } catch {
        // The device is full. Show it anyway; it is not called delivered, and comes again after a reload.
        batch.owed = []
      }
      this.world.kept(batch)
      this.shownAt = Date.now()
    }
  }

  /** In a flood everything is painted a few times a second; a single message is shown at once. */
  private async breathe(): Promise<void> {
    const rest = this.shownAt + BREATH - Date.now()
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest))
  }
}

function busy(outcome: Outcome): boolean {
  return (
    outcome.entries.length + outcome.left.length + outcome.dropped.length > 0 || Object.keys(outcome.cursors).length > 0
  )
}
