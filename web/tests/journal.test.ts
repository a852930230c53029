import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Journal, joined, nothing, type Outcome } from '../src/core/journal'
import type { CaughtUp, Entry, StreamState } from '../src/wire'

const ROOM = 'chat:1'

function entry(seq: number, stream = ROOM): Entry {
  return { stream, seq, at: seq, actor: 7, kind: 'chat.message', body: { text: String(seq) }, no: seq }
}

function run(from: number, to: number, stream = ROOM): Entry[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => entry(from + at, stream))
}

function state(stream: string, head: number, first = 1): StreamState {
  return { stream, head, head_no: head, read_no: 0, first }
}

function answer(part: Partial<CaughtUp>): CaughtUp {
  return { streams: [], whole: true, entries: [], start_over: [], more: false, now: 0, ...part }
}

const seqs = (out: Outcome): number[] => out.entries.map((one) => one.seq)

/** A device that stores what it is told to, and a server that answers what it is asked. */
class Device {
  readonly kept = new Map<string, number[]>()
  constructor(
    readonly journal: Journal,
    readonly server: Map<string, Entry[]>,
  ) {}

  take(out: Outcome): void {
    for (const stream of [...out.dropped, ...out.left]) this.kept.delete(stream)
    for (const one of out.entries) this.kept.set(one.stream, [...(this.kept.get(one.stream) ?? []), one.seq])
    for (const { stream, after } of out.fill) {
      const all = this.server.get(stream) ?? []
      const entries = all.filter((one) => one.seq > after).slice(0, 200)
      this.take(this.journal.filled(stream, after, { entries, head: all.length }))
    }
  }
}

describe('the journal', () => {
  it('lets entries through in order, once', () => {
    const journal = new Journal({ [ROOM]: 0 })
    expect(seqs(journal.live(ROOM, run(1, 3)))).toEqual([1, 2, 3])
    expect(seqs(journal.live(ROOM, run(2, 4)))).toEqual([4])
    expect(journal.known()).toEqual({ [ROOM]: 4 })
  })

  it('holds what comes early and asks for the hole once', () => {
    const journal = new Journal({ [ROOM]: 2 })
    const out = journal.live(ROOM, [entry(5)])
    expect(out.entries).toEqual([])
    expect(out.fill).toEqual([{ stream: ROOM, after: 2 }])
    expect(journal.live(ROOM, [entry(6)]).fill).toEqual([])
    expect(seqs(journal.filled(ROOM, 2, { entries: run(3, 4), head: 6 }))).toEqual([3, 4, 5, 6])
  })

  it('asks for nothing piecemeal while catching up', () => {
    const journal = new Journal({ [ROOM]: 2 })
    journal.startLevelling()
    expect(journal.live(ROOM, [entry(9)]).fill).toEqual([])
    const half = journal.level(answer({ streams: [state(ROOM, 9)], entries: run(3, 5), more: true }), { [ROOM]: 2 })
    expect(seqs(half)).toEqual([3, 4, 5])
    expect(half.fill).toEqual([])
    const rest = journal.level(answer({ streams: [state(ROOM, 9)], entries: run(6, 8) }), { [ROOM]: 5 })
    expect(seqs(rest)).toEqual([6, 7, 8, 9])
  })

  it('forgets nothing by a list that is not whole', () => {
    const journal = new Journal({ [ROOM]: 4, 'chat:2': 1 })
    journal.startLevelling()
    const out = journal.level(answer({ streams: [state('chat:2', 1)], whole: false }), journal.known())
    expect(out.left).toEqual([])
    expect(journal.known()).toEqual({ [ROOM]: 4, 'chat:2': 1 })
  })

  it('forgets streams that are not in the list, but not those joined since it asked', () => {
    const journal = new Journal({ [ROOM]: 4, 'chat:2': 1 })
    journal.startLevelling()
    const asked = journal.known()
    journal.changed([state('chat:3', 0)], [])
    const out = journal.level(answer({ streams: [state('chat:2', 1)] }), asked)
    expect(out.left).toEqual([ROOM])
    expect(journal.known()).toEqual({ 'chat:2': 1, 'chat:3': 0 })
  })

  it('does not bring back a stream left while the answer was on its way', () => {
    const journal = new Journal({ [ROOM]: 4 })
    journal.startLevelling()
    const asked = journal.known()
    expect(journal.changed([], [ROOM]).left).toEqual([ROOM])
    const out = journal.level(answer({ streams: [state(ROOM, 5)], entries: [entry(5)] }), asked)
    expect(out.entries).toEqual([])
    expect(journal.known()).toEqual({})
  })

  it('does not forget a stream that was left and joined again while an older list was on its way', () => {
    const journal = new Journal({ [ROOM]: 4 })
    journal.startLevelling()
    const asked = journal.known()
    journal.changed([], [ROOM])
    journal.changed([state(ROOM, 6, 7)], [])
    const out = journal.level(answer({ streams: [] }), asked)
    expect(out.left).toEqual([])
    expect(seqs(journal.live(ROOM, run(7, 8)))).toEqual([7, 8])
    expect(journal.known()).toEqual({ [ROOM]: 8 })
  })

  it('does not wait for a stream that was heard on an earlier connection only, before any list named it', () => {
    const journal = new Journal()
    journal.startLevelling()
    journal.live(ROOM, [entry(2)])
    journal.startLevelling()
    expect(journal.level(answer({}), journal.known()).relevel).toBe(false)
  })

  it('makes nothing of the filling of a hole in a stream that was left meanwhile', () => {
    const journal = new Journal({ [ROOM]: 2 })
    expect(journal.live(ROOM, [entry(5)]).fill).toEqual([{ stream: ROOM, after: 2 }])
    journal.changed([], [ROOM])
    expect(journal.filled(ROOM, 2, { entries: run(3, 4), head: 5 })).toEqual(nothing())
    expect(journal.level(answer({}), {}).relevel).toBe(false)
  })

  it('starts a stream over when its cursor cannot be continued', () => {
    const journal = new Journal({ [ROOM]: 60 })
    journal.startLevelling()
    const out = journal.level(
      answer({ streams: [state(ROOM, 50)], entries: run(21, 50), start_over: [ROOM] }),
      journal.known(),
    )
    expect(out.dropped).toEqual([ROOM])
    expect(seqs(out)).toEqual(run(21, 50).map((one) => one.seq))
    expect(journal.known()).toEqual({ [ROOM]: 50 })
  })

  it('takes the newest part of a stream it never kept', () => {
    const journal = new Journal()
    journal.startLevelling()
    const out = journal.level(answer({ streams: [state(ROOM, 500)], entries: run(471, 500), start_over: [ROOM] }), {})
    expect(out.dropped).toEqual([])
    expect(seqs(out)).toHaveLength(30)
    expect(out.cursors).toEqual({ [ROOM]: 500 })
  })

  it('keeps what live entries brought when an older answer says to start over', () => {
    const journal = new Journal()
    journal.startLevelling()
    journal.changed([state(ROOM, 34)], [])
    journal.live(ROOM, run(5, 35))
    const out = journal.level(answer({ streams: [state(ROOM, 34)], entries: run(5, 34), start_over: [ROOM] }), {})
    expect(out.entries).toEqual([])
    expect(journal.known()).toEqual({ [ROOM]: 35 })
  })

  it('joins a new conversation and asks for what was said before it heard', () => {
    const journal = new Journal()
    const out = journal.changed([state(ROOM, 2)], [])
    expect(out.fill).toEqual([{ stream: ROOM, after: 0 }])
    expect(seqs(journal.live(ROOM, [entry(3)]))).toEqual([])
    expect(seqs(journal.filled(ROOM, 0, { entries: run(1, 3), head: 3 }))).toEqual([1, 2, 3])
  })

  it('asks to get level when a hole cannot be filled', () => {
    const journal = new Journal({ [ROOM]: 2 })
    journal.live(ROOM, [entry(5)])
    expect(journal.filled(ROOM, 2, { entries: [], head: 5 }).relevel).toBe(true)
  })

  it('asks to get level when it hears a stream it knows nothing of', () => {
    expect(new Journal().live(ROOM, [entry(5)]).relevel).toBe(true)
  })

  it('joins outcomes so that nothing dropped later is stored', () => {
    const first = { ...nothing(), entries: run(1, 2), cursors: { [ROOM]: 2 } }
    const both = joined(first, { ...nothing(), dropped: [ROOM], entries: [entry(9)], cursors: { [ROOM]: 9 } })
    expect(seqs(both)).toEqual([9])
    expect(both.cursors).toEqual({ [ROOM]: 9 })
  })

  it('converges whatever batches come, doubled, permuted and with holes', () => {
    const piece = fc.tuple(fc.constantFrom('chat:1', 'chat:2', 'notice:3'), fc.nat(40), fc.nat(12))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(40), (pieces, start) => {
        const names = ['chat:1', 'chat:2', 'notice:3']
        const server = new Map(names.map((name) => [name, run(1, 40, name)]))
        const device = new Device(new Journal(Object.fromEntries(names.map((name) => [name, start]))), server)
        for (const [name, from, length] of pieces) {
          device.take(device.journal.live(name, run(from + 1, Math.min(40, from + length), name)))
        }
        device.journal.startLevelling()
        const asked = device.journal.known()
        const entries = names.flatMap((name) => run((asked[name] ?? 0) + 1, 40, name))
        device.take(device.journal.level(answer({ streams: names.map((name) => state(name, 40)), entries }), asked))
        for (const name of names) {
          expect(device.kept.get(name) ?? []).toEqual(run(start + 1, 40, name).map((one) => one.seq))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('converges through reconnections that cut catch-up short', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('grow' as const), by: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constant('hear' as const), last: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ do: fc.constant('cut' as const), limit: fc.integer({ min: 1, max: 4 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const server = new Map([[ROOM, [] as Entry[]]])
        const device = new Device(new Journal({ [ROOM]: 0 }), server)
        const grow = (by: number): void => {
          const all = server.get(ROOM)!
          for (let n = 0; n < by; n++) all.push(entry(all.length + 1))
        }
        const level = (limit: number): boolean => {
          const asked = device.journal.known()
          const missing = server.get(ROOM)!.slice(asked[ROOM]!)
          const more = missing.length > limit
          const states = [state(ROOM, server.get(ROOM)!.length)]
          device.take(device.journal.level(answer({ streams: states, entries: missing.slice(0, limit), more }), asked))
          return more
        }
        for (const one of steps) {
          if (one.do === 'grow') grow(one.by)
          else if (one.do === 'hear') device.take(device.journal.live(ROOM, server.get(ROOM)!.slice(-one.last)))
          else {
            device.journal.startLevelling()
            level(one.limit)
          }
        }
        device.journal.startLevelling()
        while (level(3));
        expect(device.kept.get(ROOM) ?? []).toEqual(server.get(ROOM)!.map((one) => one.seq))
      }),
      { numRuns: 500 },
    )
  })
})
