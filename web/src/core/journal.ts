import type { CaughtUp, Entry, GotEntries, StreamState } from '../wire'

/** How much of an old conversation a device takes in when it hears a stream for the first time; as on the server. */
const TAIL = 30
/** As many cursors as the server takes in one question. */
const MOST_KNOWN = 2_000

interface Held {
  /** The last seq taken; everything up to it is stored or lies before what this device keeps. Null: not known yet. */
  have: number | null
  /** The newest seq that is known to exist. */
  head: number
  /** Entries that came too early, until what lies before them is here. */
  early: Map<number, Entry>
  filling: boolean
}

/** What came of one event: what to store and show, in this order, and what to ask for. */
export interface Outcome {
  /** Streams whose stored entries are void: the server starts them over. */
  dropped: string[]
  /** Streams that are no longer ours to read. */
  left: string[]
  /** Entries to store and then show, in the order of their streams. */
  entries: Entry[]
  /** Where the streams touched stand now. */
  cursors: Record<string, number>
  /** Holes to fill: the entries after `after`. */
  fill: { stream: string; after: number }[]
  /** The journal cannot help itself: get level with the server again. */
  relevel: boolean
}

/**
 * The order of things on this device: takes batches as they come (doubled, early, late, with holes) and lets every
 * stream's entries through once, in seq order. Decides only; reads and writes nothing.
 */
export class Journal {
  private readonly streams = new Map<string, Held>()
  /** While catching up, holes wait: the catch-up brings what is missing. */
  private levelling = false
  /**
   * What the socket has said of streams since the connection was made: whether they are heard. A list may be older, and
   * nothing need ever come after it that puts it right; a list that is newer is followed by the socket's own word.
   */
  private readonly saidMeanwhile = new Map<string, boolean>()

  constructor(cursors: Record<string, number> = {}) {
    for (const [stream, have] of Object.entries(cursors)) this.streams.set(stream, holding(have, have))
  }

  /** The cursors to tell the server: the last seq taken of each stream kept, or of those that were listed last. */
  known(): Record<string, number> {
    const known: [string, number][] = []
    for (const [stream, held] of this.streams) if (held.have !== null) known.push([stream, held.have])
    return Object.fromEntries(known.slice(-MOST_KNOWN))
  }

  /** A connection was made: nothing is asked for piecemeal until `level` says that there is no more. */
  startLevelling(): void {
    this.levelling = true
    this.saidMeanwhile.clear()
    for (const held of this.streams.values()) held.filling = false
  }

  /** The server's answer to the cursors that were `asked` with. */
  level(answer: CaughtUp, asked: Record<string, number>): Outcome {
    const out = nothing()
    const states = answer.streams.filter((state) => this.saidMeanwhile.get(state.stream) !== false)
    const heard = new Set(states.map((state) => state.stream))
    if (answer.whole) {
      // A stream joined meanwhile was not asked about and is not in an older list. One of which nothing is known but
      // that something was said in it (`have` is null) is given again by the next list, if it is still heard.
      for (const [stream, held] of this.streams) {
        const doubted = stream in asked || held.have === null
        if (doubted && !heard.has(stream) && this.saidMeanwhile.get(stream) !== true) this.leave(stream, out)
      }
    }
    const given = byStream(answer.entries)
    for (const stream of answer.start_over) {
      if (heard.has(stream)) this.startOver(stream, given.get(stream), asked[stream] ?? null, out)
    }
    this.levelling = answer.more
    for (const state of states) {
      const held = this.listed(state.stream)
      held.head = Math.max(held.head, state.head)
      if (held.have === null && state.head < (state.first ?? 1)) held.have = state.head
    }
    if (!answer.whole && !answer.more) {
      // No list need ever name it: what was heard of it is its beginning here, or this would be asked for ever.
      for (const [stream, held] of this.streams) {
        if (held.have === null && held.early.size && !heard.has(stream)) held.have = Math.min(...held.early.keys()) - 1
      }
    }
    for (const stream of this.streams.keys()) this.take(stream, given.get(stream) ?? [], out)
    return out
  }

  /** New entries from the socket. */
  live(stream: string, entries: Entry[]): Outcome {
    const out = nothing()
    this.take(stream, entries, out)
    return out
  }

  /** The answer to a `fill`. */
  filled(stream: string, after: number, answer: GotEntries): Outcome {
    const out = nothing()
    const held = this.streams.get(stream)
    if (held === undefined) return out // left meanwhile
    held.filling = false
    held.head = Math.max(held.head, answer.head)
    this.take(stream, answer.entries, out)
    const stuck = held.have === after && held.head > after && !this.levelling
    if (stuck) {
      out.fill = []
      out.relevel = true
    }
    return out
  }

  /** A `fill` failed. Nothing else need ever come that shows the hole again, so getting level is asked for. */
  unfilled(stream: string): Outcome {
    const out = nothing()
    const held = this.streams.get(stream)
    if (held !== undefined) {
      held.filling = false
      out.relevel = !this.levelling
    }
    return out
  }

  /** The list of streams changed while connected. */
  changed(joined: StreamState[], left: string[]): Outcome {
    const out = nothing()
    for (const stream of left) {
      this.leave(stream, out)
      this.saidMeanwhile.set(stream, false)
    }
    for (const state of joined) {
      this.saidMeanwhile.set(state.stream, true)
      const held = this.of(state.stream)
      held.head = Math.max(held.head, state.head)
      const before = (state.first ?? 1) - 1
      if (held.have === null || held.have < before) held.have = Math.max(before, state.head - TAIL, 0)
      this.take(state.stream, [], out)
    }
    return out
  }

  private take(stream: string, entries: Entry[], out: Outcome): void {
    const held = this.of(stream)
    for (const entry of entries) {
      held.head = Math.max(held.head, entry.seq)
      if (held.have === null || entry.seq > held.have) held.early.set(entry.seq, entry)
    }
    if (held.have === null) {
      out.relevel ||= !this.levelling
      return
    }
    for (let next = held.early.get(held.have + 1); next; next = held.early.get(held.have + 1)) {
      held.early.delete(next.seq)
      held.have = next.seq
      out.entries.push(next)
      out.cursors[stream] = next.seq
    }
    if (held.head > held.have && !this.levelling && !held.filling) {
      held.filling = true
      out.fill.push({ stream, after: held.have })
    }
  }

  /**
   * What is stored is void, unless the stream moved on since we asked: then live entries have already continued it and
   * the answer is older than what is here.
   */
  private startOver(stream: string, given: Entry[] | undefined, asked: number | null, out: Outcome): void {
    const held = this.of(stream)
    if (held.have !== asked) return
    if (asked !== null) out.dropped.push(stream)
    held.head = 0
    held.have = given?.length ? Math.min(...given.map((entry) => entry.seq)) - 1 : null
    for (const seq of held.early.keys()) if (held.have !== null && seq <= held.have) held.early.delete(seq)
    if (held.have !== null) out.cursors[stream] = held.have
  }

  /** Puts it behind the others: cursors of what is not listed are not asked for, those of what is must be told. */
  private listed(stream: string): Held {
    const held = this.of(stream)
    this.streams.delete(stream)
    this.streams.set(stream, held)
    return held
  }

  private leave(stream: string, out: Outcome): void {
    if (this.streams.delete(stream)) out.left.push(stream)
  }

  private of(stream: string): Held {
    let held = this.streams.get(stream)
    if (!held) this.streams.set(stream, (held = holding(null, 0)))
    return held
  }
}

/** One outcome that does what both do, one after the other. */
export function joined(first: Outcome, second: Outcome): Outcome {
  const gone = new Set([...second.dropped, ...second.left])
  return {
    dropped: [...first.dropped, ...second.dropped],
    left: [...first.left, ...second.left],
    entries: [...first.entries.filter((entry) => !gone.has(entry.stream)), ...second.entries],
    cursors: { ...without(first.cursors, gone), ...second.cursors },
    fill: [...first.fill, ...second.fill],
    relevel: first.relevel || second.relevel,
  }
}

export function nothing(): Outcome {
  return { dropped: [], left: [], entries: [], cursors: {}, fill: [], relevel: false }
}

function holding(have: number | null, head: number): Held {
  return { have, head, early: new Map(), filling: false }
}

function byStream(entries: Entry[]): Map<string, Entry[]> {
  const map = new Map<string, Entry[]>()
  for (const entry of entries) {
    const list = map.get(entry.stream)
    if (list) list.push(entry)
    else map.set(entry.stream, [entry])
  }
  return map
}

function without(cursors: Record<string, number>, gone: Set<string>): Record<string, number> {
  return Object.fromEntries(Object.entries(cursors).filter(([stream]) => !gone.has(stream)))
}
