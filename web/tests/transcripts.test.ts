import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Journal } from '../src/core/journal'
import { Refusal } from '../src/core/refusal'
import { Connection } from '../src/core/socket'
import type { CaughtUp, GotEntries, ServerFrame } from '../src/wire'

/**
 * The golden transcripts which the server plays (`tests/wire`), from the other side: what a device is told there, this
 * client is told; what it says there, this client says; and what it makes of it is checked.
 */

interface Said {
  who: string
  what: string
  text: string
}

const GOLDEN: Said[] = readFileSync(new URL('../../tests/wire/version_1.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => {
    const [who = '', what = '', ...rest] = line.split(' ')
    return { who, what, text: rest.join(' ') }
  })

/** A device as written down: from its hello on, without what this client would never send. */
function written(who: string): Said[] {
  const mine = GOLDEN.filter((line) => line.who === who && ['>', '<', '!'].includes(line.what))
  return mine.slice(mine.findIndex((line) => line.text.includes('"t":"hello"')))
}

const DEVICES = [...new Set(GOLDEN.filter((line) => line.text.includes('"t":"hello"')).map((line) => line.who))]

class Wire {
  readyState = 1
  said: unknown[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null

  send(text: string): void {
    this.said.push(JSON.parse(text))
  }

  close(): void {
    this.readyState = 3
  }
}

/** Values for the names in a transcript: streams are text, all else are numbers; the same name, the same value. */
function filled(value: unknown, names: Map<string, unknown>): unknown {
  if (value === '~') return 1
  if (typeof value === 'string' && value.startsWith('$')) {
    if (!names.has(value)) names.set(value, /chat|group|person|notice|receipts/.test(value) ? `s:${names.size}` : 1000 + names.size)
    return names.get(value)
  }
  if (Array.isArray(value)) return value.map((one) => filled(one, names))
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [filled(key, names), filled(one, names)]))
  return value
}

/** One device: the client's connection and journal, as its engine ties them together. */
function device() {
  const wire = new Wire()
  const shown: { stream: string; seq: number }[] = []
  const other: ServerFrame[] = []
  const heard: string[] = []
  const refused: string[] = []
  let dialled = 0
  const journal = new Journal()
  const take = (out: ReturnType<Journal['live']>): void => {
    for (const { stream, seq } of out.entries) shown.push({ stream, seq })
  }
  const connection = new Connection(
    {
      state: (state) => heard.push(state),
      opened: () => journal.startLevelling(),
      frame: (frame) => {
        if (frame.t === 'entries') take(journal.live(frame.stream, frame.entries))
        else if (frame.t === 'streams') take(journal.changed(frame.joined ?? [], frame.left ?? []))
        else other.push(frame)
      },
      refused: (reason) => refused.push(reason),
      unreachable: () => undefined,
    },
    () => 'zh-CN',
    () => {
      dialled++
      return wire as unknown as WebSocket
    },
  )
  connection.start()
  return { wire, connection, journal, shown, other, heard, refused, take, dialled: () => dialled }
}

interface Asked {
  op: string
  known?: Record<string, number>
  stream?: string
  after?: number
  answer: Promise<unknown>
}

async function replay(who: string) {
  const names = new Map<string, unknown>()
  const it = device()
  const asked = new Map<number, Asked>()
  let hello = 0
  for (const { what, text } of written(who)) {
    if (what === '!') {
      const [code = '', reason = ''] = text.split(' ')
      it.wire.onclose?.({ code: Number(code), reason: reason.replace('~', '4000') })
      continue
    }
    const frame = filled(JSON.parse(text), names) as Record<string, unknown>
    if (what === '>' && frame.t === 'hello') {
      if (hello++ > 0) continue
      it.wire.onopen?.()
      expect(it.wire.said[0]).toMatchObject({ t: 'hello', version: 1, language: 'zh-CN' })
    } else if (what === '>' && frame.t === 'do') {
      const { op, body, nonce, ref } = frame as { op: string; body: Record<string, never>; nonce?: string; ref: number }
      const answer = it.connection.do(op, body, nonce).catch((error: unknown) => error)
      expect(it.wire.said.at(-1)).toEqual(frame)
      asked.set(ref, { op, ...body, answer })
    } else if (what === '<') {
      it.wire.onmessage?.({ data: JSON.stringify(frame) })
      await answered(it, frame, asked)
    }
  }
  return it
}

/** What the answer or refusal comes out as where it was asked for. */
async function answered(it: ReturnType<typeof device>, frame: Record<string, unknown>, asked: Map<number, Asked>) {
  const question = asked.get(frame.ref as number)
  if (!question || (frame.t !== 'done' && frame.t !== 'error')) return
  const came = await question.answer
  if (frame.t === 'error') {
    expect(came).toBeInstanceOf(Refusal)
    expect(came).toMatchObject({ code: frame.code, message: frame.message, unknown: false })
    return
  }
  expect(came).toEqual(frame.answer)
  if (question.op === 'sync.catch_up') it.take(it.journal.level(came as CaughtUp, question.known ?? {}))
  if (question.op === 'sync.entries') it.take(it.journal.filled(question.stream!, question.after!, came as GotEntries))
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', { addEventListener: vi.fn(), removeEventListener: vi.fn(), visibilityState: 'visible' })
  vi.stubGlobal('addEventListener', vi.fn())
  vi.stubGlobal('removeEventListener', vi.fn())
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the golden transcript of version 1', () => {
  it.each(DEVICES)('is understood by %s', async (who) => {
    const { shown, other, refused, connection } = await replay(who)
    const of = new Map<string, number[]>()
    for (const { stream, seq } of shown) of.set(stream, [...(of.get(stream) ?? []), seq])
    for (const seqs of of.values()) expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
    const unasked = written(who).filter((line) => line.what === '<' && /"t":"(seen|counts|marks|whisper)"/.test(line.text))
    expect(other).toHaveLength(unasked.length)
    const end = written(who).filter((line) => line.what === '!').at(-1)?.text.split(' ')[0]
    expect(refused).toEqual(end === '4010' ? ['revoked'] : end === '4005' ? ['upgrade'] : [])
    expect(connection.open).toBe(end === undefined)
  })

  it('shows every entry that was told, once', async () => {
    const { shown } = await replay('li')
    const told = GOLDEN.filter((line) => line.who === 'li' && line.what === '<' && line.text.startsWith('{"t":"entries"'))
    expect(told.length).toBeGreaterThan(3)
    expect(shown).toHaveLength(told.length)
  })

  it.each([
    ['till', 1_001],
    ['li', 6_001],
    ['li-2', 201],
  ])('comes back after the close that %s was told', async (who, within) => {
    const { dialled } = await replay(who)
    expect(dialled()).toBe(1)
    await vi.advanceTimersByTimeAsync(within)
    expect(dialled()).toBe(2)
  })

  it.each(['xu', 'xu-3'])('stays away after the close that %s was told', async (who) => {
    const { dialled } = await replay(who)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(dialled()).toBe(1)
  })
})
