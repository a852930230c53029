import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Journal, nothing, type Outcome } from '../src/core/journal'
import type { Entry, StreamState } from '../src/wire'

/**
 * Histories of the model that the server's simulator runs (`tests/sim/vectors.py` writes them and says how to read
 * them). The journal must make of each what the model made of it.
 */
type Cursors = Record<string, number>
type State = [stream: string, head: number, first: number]
type Short = { d?: string[]; l?: string[]; e?: [string, number][]; c?: Cursors; f?: [string, number][]; r?: boolean }
type History = [cursors: Cursors, steps: unknown[][], known: Cursors]

const histories = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as History[]

function entries(stream: string, seqs: number[]): Entry[] {
  return seqs.map((seq) => ({ stream, seq, at: seq, actor: 7, kind: 'chat.message', body: {} }))
}

function state([stream, head, first]: State): StreamState {
  return { stream, head, head_no: head, read_no: 0, first }
}

function short(out: Outcome): Short {
  const all: Short = {
    d: out.dropped,
    l: out.left,
    e: out.entries.map((one) => [one.stream, one.seq]),
    c: out.cursors,
    f: out.fill.map(({ stream, after }) => [stream, after]),
    r: out.relevel,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value === true || Object.keys(value).length > 0))
}

function act(journal: Journal, [kind, ...given]: unknown[]): Outcome {
  switch (kind) {
    case 'live': {
      const [stream, seqs] = given as [string, number[]]
      return journal.live(stream, entries(stream, seqs))
    }
    case 'filled': {
      const [stream, after, seqs, head] = given as [string, number, number[], number]
      return journal.filled(stream, after, { entries: entries(stream, seqs), head })
    }
    case 'changed': {
      const [joined, left] = given as [State[], string[]]
      return journal.changed(joined.map(state), left)
    }
    case 'level': {
      const [asked, states, seqs, over, whole, more] = given as [
        Cursors, State[], Record<string, number[]>, string[], boolean, boolean,
      ]
      const all = Object.entries(seqs).flatMap(([stream, some]) => entries(stream, some))
      return journal.level({ streams: states.map(state), whole, entries: all, start_over: over, more, now: 0 }, asked)
    }
    case 'unfilled':
      return journal.unfilled(given[0] as string)
    default:
      journal.startLevelling()
      return nothing()
  }
}

describe("the simulator's histories", () => {
  it('are many', () => expect(histories.length).toBeGreaterThanOrEqual(500))

  it.each(histories.map((history, at) => [at, history] as const))('%i comes out the same', (_, history) => {
    const [cursors, steps, known] = history
    const journal = new Journal(cursors)
    for (const step of steps) {
      const told = step.pop()
      expect(short(act(journal, step))).toEqual(told)
    }
    expect(journal.known()).toEqual(known)
  })
})
