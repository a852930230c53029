import type { Entry, ServerFrame } from '../wire'
import { ask, useDoor, whenSignedOut } from './api'
import { waitFor } from './backoff'
import { tell } from './bus'
import { keepServerTime } from './clock'
import { Feed } from './feed'
import { Journal, type Outcome } from './journal'
import { openLocal, type Batch, type Local } from './local'
import { Outbox, type Intent } from './outbox'
import { bringFiles, carry, stopBringing } from './carrying'
import { receiptsOwed } from './receiving'
import { Connection } from './socket'
import { status, waiting } from './status'
import { openTabs, takeTurn, type Tabs } from './tabs'

export type Reducers = Record<string, (entry: Entry) => void>

export interface EngineEvents {
  reducers: Reducers
  language(): string
  /** The session is over: wipe what is the person's on this device and show the door. */
  ended(): void
  /** Another tab left, or somebody else signed in there. */
  leftElsewhere(): void
}

/** Holds the parts together for one signed-in person: socket, journal, local store, outbox. */
class Engine {
  private levelTries = 0
  private levelWanted = false
  private levelling: Promise<void> | null = null
  private readonly gone = new AbortController()
  private readonly tabs: Tabs
  private readonly feed: Feed
  readonly outbox: Outbox
  private readonly connection: Connection

  private constructor(
    readonly person: number,
    readonly local: Local,
    private readonly journal: Journal,
    private readonly events: EngineEvents,
    cursors: Record<string, number>,
  ) {
    status.lasting = local.lasting
    status.keeping = true
    this.tabs = openTabs(person, (word) => {
      if (word === 'left') events.leftElsewhere()
      else if (word === 'outbox') void this.outbox.reload()
      else this.outbox.settledElsewhere(word.landed)
    })
    this.outbox = new Outbox({
      local,
      bring: (item) => bringFiles(item, local),
      // Pictures that are up but not noted as such are sent once more after a reload; that is all.
      send: (item) => carry(item, (changed) => local.setWaiting(changed).catch(() => undefined)),
      alone: () => takeTurn(person, this.gone.signal),
      rest: (milliseconds, woken) => Promise.race([pause(milliseconds), woken]),
      now: Date.now,
      storedTo: (stream) => this.feed.storedTo(stream),
      tell: () => this.tabs.tell('outbox'),
      landed: (nonce) => this.tabs.tell({ landed: nonce }),
      changed: (items) => (waiting.value = items),
      done: () => undefined,
    })
    this.feed = new Feed(
      {
        local,
        owed: (entries) => receiptsOwed(entries, this.outbox),
        kept: (batch) => this.show(batch),
        stored: (batch) => this.settle(batch),
        keeping: (works) => (status.keeping = works),
      },
      cursors,
    )
    this.connection = new Connection(
      {
        state: (state) => {
          status.socket = state
          if (state !== 'open') status.level = false
        },
        opened: (welcome) => {
          keepServerTime(welcome.now)
          // Somebody else has signed in on this device, in another tab: nothing here is theirs.
          if (welcome.person !== person) return events.leftElsewhere()
          this.journal.startLevelling()
          this.level()
          this.outbox.poke()
        },
        frame: (frame) => this.hear(frame),
        refused: (reason) => (reason === 'revoked' ? events.ended() : (status.outdated = true)),
        // A refused handshake says nothing to a browser; an HTTP answer says whether the session is over.
        unreachable: () => void ask('accounts.me', {}).catch(() => undefined),
      },
      events.language,
    )
  }

  static async open(person: number, events: EngineEvents): Promise<Engine> {
    const local = await openLocal(person)
    const cursors = await local.cursors()
    return new Engine(person, local, new Journal(cursors), events, cursors)
  }

  async start(): Promise<void> {
    whenSignedOut(this.events.ended)
    useDoor(this.connection)
    await this.outbox.start()
    this.connection.start()
  }

  /** Ends everything that still runs; `saying` tells the other tabs to go as well. */
  stop(saying: boolean): void {
    if (saying) this.tabs.tell('left')
    this.connection.stop()
    useDoor(null)
    this.outbox.stop()
    this.feed.stop()
    this.gone.abort()
    this.tabs.close()
  }

  private hear(frame: ServerFrame): void {
    switch (frame.t) {
      case 'entries':
        return this.take(this.journal.live(frame.stream, frame.entries))
      case 'streams':
        if (frame.joined?.length) tell('states', { states: frame.joined, whole: false })
        this.outbox.letGo(frame.left ?? []) // one that this device does not keep may be among them
        return this.take(this.journal.changed(frame.joined ?? [], frame.left ?? []))
      case 'seen':
        return tell('seen', frame)
      case 'counts':
        return tell('counts', frame)
      case 'marks':
        return tell('marks', frame)
      case 'whisper':
        return tell('whisper', frame)
      default:
        // A newer server may say more; that is not ours to understand.
        return
    }
  }

  private take(outcome: Outcome): void {
    void this.feed.put(outcome)
    for (const { stream, after } of outcome.fill) void this.fill(stream, after)
    if (outcome.relevel) {
      // Something does not add up: ask again, but not in a hurry.
      this.levelTries = Math.max(this.levelTries, 2)
      this.level()
    }
  }

  private async fill(stream: string, after: number): Promise<void> {
    try {
      this.take(this.journal.filled(stream, after, await ask('sync.entries', { stream, after })))
    } catch {
      // Perhaps nothing else is ever said in this stream: the levelling brings what this did not.
      this.take(this.journal.unfilled(stream))
    }
  }

  /**
   * Gets level with the server. A wish that comes while one is under way is granted after it: what that one asked may
   * be older than the connection.
   */
  private level(): void {
    this.levelWanted = true
    this.levelling ??= this.levelWhileWanted().finally(() => (this.levelling = null))
  }

  private async levelWhileWanted(): Promise<void> {
    while (this.levelWanted && this.connection.open) {
      if (this.levelTries > 0) await pause(waitFor(this.levelTries))
      this.levelWanted = false
      try {
        await this.catchUp()
        this.levelTries = 0
      } catch {
        this.levelTries++
        this.levelWanted = true
      }
    }
  }

  private async catchUp(): Promise<void> {
    for (let more = true; more; ) {
      const asked = this.journal.known()
      const answer = await ask('sync.catch_up', { known: asked })
      keepServerTime(answer.now)
      this.take(this.journal.level(answer, asked))
      tell('states', { states: answer.streams, whole: true })
      more = answer.more
    }
    status.level = true
    tell('level', undefined)
  }

  private show(batch: Batch): void {
    if (batch.left.length) tell('left', batch.left)
    if (batch.dropped.length) tell('dropped', batch.dropped)
    for (const entry of batch.entries) {
      try {
        this.events.reducers[entry.kind]?.(entry)
      } catch (error) {
        // One entry that cannot be shown must not keep the next from being shown.
        reportError(error)
      }
    }
    if (batch.owed.length) this.outbox.adopt(batch.owed)
  }

  /** What was written here is let go only once its entry is stored: a reload in between must not lose both. */
  private settle({ entries, dropped, left }: Batch): void {
    for (const { nonce } of entries) if (nonce) this.outbox.settle(nonce)
    if (this.local.lasting && entries.length) tell('stored', entries)
    if (left.length) this.outbox.letGo(left)
    if (dropped.length) void this.outbox.sendOver(dropped)
  }
}

let running: Engine | null = null

/** Opens what this device keeps of the person; nothing is sent or heard yet. */
export async function openEngine(person: number, events: EngineEvents): Promise<void> {
  running = await Engine.open(person, events)
}

/** Begins to hear and to send. */
export async function startEngine(): Promise<void> {
  await running?.start()
}

/** Returns whose engine it was. */
export function stopEngine(saying = false): number | null {
  const person = running?.person ?? null
  running?.stop(saying)
  running = null
  return person
}

/** What this device remembers; there is one as soon as somebody is signed in and the engine runs. */
export function local(): Local {
  if (!running) throw new Error('the engine does not run')
  return running.local
}

/** Puts a write where it cannot get lost. Resolves when it is kept, long before it is answered. */
export function post(intent: Intent, bytes?: ReadonlyMap<string, Blob>): Promise<unknown> {
  if (!running) throw new Error('the engine does not run')
  return running.outbox.add(intent, bytes)
}

export function sendAgain(nonce: string): void {
  void running?.outbox.again(nonce)
}

export function takeBack(nonce: string): void {
  stopBringing(nonce)
  void running?.outbox.drop(nonce)
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
