import { waitFor } from './backoff'
import type { Local, Packed, Parcel, Waiting } from './local'
import { newNonce } from './nonce'
import { BROKEN, definite, passes, Refusal } from './refusal'

/** What the outbox needs of the world, so that tests can be the world. */
export interface OutboxWorld {
  local: Pick<Local, 'outbox' | 'setWaiting' | 'dropWaiting'>
  /** Brings the files of an item to the server; answers it with what they are called there. */
  bring?(item: Waiting): Promise<Waiting>
  /** Carries one item out; the same nonce every time. */
  send(item: Waiting): Promise<unknown>
  /** Resolves when this tab may send, and keeps the right until the page goes. */
  alone(): Promise<void>
  /** Waits, or returns early when poked. */
  rest(milliseconds: number, woken: Promise<void>): Promise<void>
  now(): number
  /** Up to which seq this device keeps the stream for certain. */
  storedTo(stream: string): number
  /** Another tab should look again. */
  tell(): void
  /** Other tabs should know that this item's entry is on the device. */
  landed(nonce: string): void
  changed(items: readonly Waiting[]): void
  done(item: Waiting, answer: unknown): void
}

export interface Intent {
  operation: string
  body: Record<string, unknown>
  lane: string
  echoes?: boolean
  pictures?: Packed[]
  parcels?: Parcel[]
}

/**
 * Every write that must not get lost: kept on the device first, then sent, in order within its lane, by one tab, with
 * one nonce until the server has answered. What it says of an item is true: `waiting` means nobody has answered yet.
 */
export class Outbox {
  private items: Waiting[] = []
  private readonly busy = new Set<string>()
  private readonly dropped = new Set<string>()
  /** Sent items whose entry another tab has and this one has not: shown until it is here too. */
  private readonly ahead = new Map<string, Waiting>()
  /** Under way to streams that were left meanwhile: they may still be answered, but no entry will come back. */
  private readonly orphans = new Set<string>()
  private mine = false
  private stopped = false
  private order = 0
  private wake: () => void = () => undefined
  private woken = new Promise<void>((resolve) => (this.wake = resolve))

  constructor(private readonly world: OutboxWorld) {}

  all(): readonly Waiting[] {
    return this.items
  }

  /** Reads what an earlier page left and begins to send as soon as no other tab does. */
  async start(): Promise<void> {
    await this.reload()
    void this.world.alone().then(async () => {
      this.mine = true
      await this.reload()
      this.drain()
    })
  }

  stop(): void {
    this.stopped = true
    this.poke()
  }

  /** Keeps an intent, with the bytes of its parcels, and starts to send it. It is on the device when this resolves. */
  async add(intent: Intent, bytes?: ReadonlyMap<string, Blob>): Promise<Waiting> {
    const item = this.prepare(intent)
    await this.world.local.setWaiting(item, bytes)
    this.put(item)
    this.world.tell()
    this.drain()
    return item
  }

  /** An intent with its nonce, ready to be kept. */
  prepare(intent: Intent): Waiting {
    const { operation, body, lane, echoes = false, pictures, parcels } = intent
    const attached = { ...(pictures && { pictures }), ...(parcels && { parcels }) }
    return { nonce: newNonce(), operation, body, lane, at: this.world.now(), order: ++this.order, state: 'waiting', echoes, ...attached }
  }

  /** Items that were stored together with what they are owed for. */
  adopt(items: Waiting[]): void {
    for (const item of items) this.put(item)
    this.world.tell()
    this.drain()
  }

  /**
   * A failed item, once more. Refused, it gets a new nonce, because the old one has its answer; where nobody said no it
   * may have been done, and only the same nonce keeps it from being done twice.
   */
  async again(nonce: string): Promise<void> {
    const old = this.items.find((item) => item.nonce === nonce)
    if (!old || old.state !== 'failed') return
    if (!definite(old.refusal)) return this.retry(old)
    // A file that is no longer there is brought once more; its bytes are on this device as long as the item is.
    const gone = old.refusal?.code === 'file_gone'
    const parcels = gone ? old.parcels?.map((parcel) => ({ ...parcel, file: undefined })) : old.parcels
    const rest: Intent = { ...old, parcels }
    await this.add(rest)
    await this.drop(nonce, true)
  }

  private async retry(old: Waiting): Promise<void> {
    const item: Waiting = { ...old, state: 'waiting', at: this.world.now(), order: ++this.order }
    delete item.refusal
    await this.world.local.setWaiting(item)
    if (this.dropped.has(item.nonce)) return this.drop(item.nonce)
    // It stands behind what was written meanwhile.
    this.items = this.items.filter((one) => one.nonce !== item.nonce)
    this.put(item)
    this.world.tell()
    this.drain()
  }

  /** Takes an item back. What has been answered already has happened. */
  async drop(nonce: string, keepBytes = false): Promise<void> {
    this.dropped.add(nonce)
    this.ahead.delete(nonce)
    this.items = this.items.filter((item) => item.nonce !== nonce)
    this.world.changed(this.items)
    await this.kept(this.world.local.dropWaiting(nonce, keepBytes))
    this.world.tell()
  }

  /** Its entry is here: the journal shows it from now on. */
  settle(nonce: string): void {
    if (!this.items.some((item) => item.nonce === nonce)) return
    this.world.landed(nonce)
    void this.drop(nonce)
  }

  /** Its entry is in another tab, whose connection was sooner. */
  settledElsewhere(nonce: string): void {
    const item = this.items.find((one) => one.nonce === nonce)
    if (item) this.ahead.set(nonce, { ...item, state: 'sent' })
  }

  /**
   * These streams were started over: the entry of what was sent there may lie before what is given now, or the server
   * may have lost it with an old backup. Asked again under its nonce, the server says which, and it is done once.
   */
  async sendOver(streams: readonly string[]): Promise<void> {
    for (const item of this.items.filter((one) => one.state === 'sent' && streams.includes(one.lane))) {
      const again: Waiting = { ...item, state: 'waiting' }
      this.put(again)
      await this.kept(this.world.local.setWaiting(again))
    }
    this.world.tell()
    this.drain()
  }

  /** These streams are no longer ours: no entry will come back for what was sent there. */
  letGo(streams: readonly string[]): void {
    for (const { nonce, state, lane } of this.items) {
      if (!streams.includes(lane)) continue
      if (state === 'sent') void this.drop(nonce)
      else this.orphans.add(nonce)
    }
  }

  /** The connection is back, or another tab put something in. */
  poke(): void {
    const wake = this.wake
    this.woken = new Promise((resolve) => (this.wake = resolve))
    wake()
    this.drain()
  }

  /** Another tab changed something. */
  async reload(): Promise<void> {
    const stored = (await this.world.local.outbox()).filter((item) => !this.dropped.has(item.nonce))
    // What this tab is sending right now it knows better than the store.
    const sending = this.items.filter((item) => this.busy.has(queueOf(item)) && stored.some((one) => one.nonce === item.nonce))
    const ahead = [...this.ahead.values()].filter((item) => !stored.some((one) => one.nonce === item.nonce))
    this.items = [...stored.map((item) => sending.find((one) => one.nonce === item.nonce) ?? item), ...ahead]
    this.order = Math.max(this.order, ...this.items.map((item) => item.order))
    this.world.changed(this.items)
    for (const item of this.items) if (this.landed(item)) this.settle(item.nonce)
    if (this.mine) this.drain()
  }

  private drain(): void {
    if (!this.mine || this.stopped) return
    for (const item of this.items) {
      const queue = queueOf(item)
      if (item.state === 'waiting' && !this.busy.has(queue)) void this.run(queue)
    }
  }

  private async run(queue: string): Promise<void> {
    this.busy.add(queue)
    try {
      let tries = 0
      for (let item = this.next(queue); item; item = this.next(queue)) {
        const { woken } = this
        let answer: unknown
        try {
          if (toBring(item)) {
            await this.brought(await this.world.bring!(item))
            continue
          }
          answer = await this.world.send(item)
        } catch (error) {
          if (passes(error)) await this.world.rest(waitFor(tries++, (error as Refusal).retryAfter), woken)
          else await this.refuse(item, error)
          continue
        }
        tries = 0
        await this.finish(item, answer)
      }
    } finally {
      this.busy.delete(queue)
    }
  }

  private next(queue: string): Waiting | undefined {
    return this.stopped ? undefined : this.items.find((item) => queueOf(item) === queue && item.state === 'waiting')
  }

  /** Its files are there: it takes its place among what is sent in its lane. */
  private async brought(item: Waiting): Promise<void> {
    if (this.dropped.has(item.nonce)) return
    this.put(item)
    await this.kept(this.world.local.setWaiting(item))
    this.drain()
  }

  private async finish(item: Waiting, answer: unknown): Promise<void> {
    this.world.done(item, answer)
    const sent: Waiting = { ...item, state: 'sent', answer }
    // Its entry may have come before the answer, and settled it; or in an earlier life of the page.
    const gone = this.dropped.has(item.nonce) || this.orphans.has(item.nonce)
    if (!item.echoes || gone) return this.drop(item.nonce)
    if (this.landed(sent)) return this.settle(item.nonce)
    this.put(sent)
    await this.kept(this.world.local.setWaiting(sent))
    this.world.tell()
  }

  private async refuse(item: Waiting, error: unknown): Promise<void> {
    if (this.dropped.has(item.nonce)) return this.drop(item.nonce)
    const refusal = error instanceof Refusal ? { code: error.code, message: error.message } : { code: BROKEN, message: '' }
    const failed: Waiting = { ...item, state: 'failed', refusal }
    this.put(failed)
    await this.kept(this.world.local.setWaiting(failed))
    this.world.tell()
  }

  /** Sent, and its entry lies within what this device keeps: the journal shows it. */
  private landed({ state, lane, answer }: Waiting): boolean {
    const seq = (answer as { seq?: unknown } | undefined)?.seq
    return state === 'sent' && typeof seq === 'number' && seq <= this.world.storedTo(lane)
  }

  /**
   * A device that will not write this down still holds the item as it was before: after a reload it is sent again,
   * under the same nonce. That is no reason to call an answered one failed.
   */
  private kept(written: Promise<void>): Promise<void> {
    return written.catch(() => undefined)
  }

  private put(item: Waiting): void {
    const at = this.items.findIndex((one) => one.nonce === item.nonce)
    this.items = at < 0 ? [...this.items, item] : this.items.map((one, place) => (place === at ? item : one))
    this.world.changed(this.items)
  }
}

function toBring({ parcels }: Waiting): boolean {
  return parcels?.some((parcel) => !parcel.file) ?? false
}

/** While its files are on their way an item keeps nobody waiting: what is written meanwhile goes first. */
function queueOf(item: Waiting): string {
  return toBring(item) ? `${item.lane} ${item.nonce}` : item.lane
}
