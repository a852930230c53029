import { CAPABILITIES, PROTOCOL_VERSION, type ServerFrame, type Welcome } from '../wire'
import type { SocketDoor } from './api'
import { waitFor } from './backoff'
import { Refusal } from './refusal'

export type SocketState = 'off' | 'connecting' | 'open' | 'waiting'

/** Why the server hung up, as far as it makes a difference to us. */
export const CLOSED = { upgrade: 4005, slow: 4008, revoked: 4010 } as const

const WELCOME_PATIENCE = 10_000
const ANSWER_PATIENCE = 15_000
/** Every so many tries it is asked over HTTP whether the session is over. */
const DOUBT = 6
/** A socket that has been silent this long is asked whether it is still there when somebody looks at the screen. */
const SILENCE = 30_000

export interface SocketEvents {
  state(state: SocketState): void
  opened(welcome: Welcome): void
  frame(frame: ServerFrame): void
  /** The server will not have this client: its session ended or it is too old. No further try is made. */
  refused(reason: 'revoked' | 'upgrade'): void
  /** Could not even connect: perhaps the session is over, which only HTTP can say. */
  unreachable(): void
}

interface Waiting {
  done(answer: unknown): void
  refuse(error: Refusal): void
  timer: ReturnType<typeof setTimeout>
}

/** Keeps one socket to the server: says hello, passes frames on, asks operations, and comes back after every fall. */
export class Connection implements SocketDoor {
  private socket: WebSocket | null = null
  private state: SocketState = 'off'
  private tries = 0
  private lastRef = 0
  private lastHeard = 0
  private readonly asked = new Map<number, Waiting>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly events: SocketEvents,
    private readonly language: () => string,
    private readonly dial: () => WebSocket = () => new WebSocket(address()),
  ) {}

  get open(): boolean {
    return this.state === 'open'
  }

  start(): void {
    if (this.state !== 'off') return
    addEventListener('online', this.back)
    document.addEventListener('visibilitychange', this.looked)
    this.connect()
  }

  stop(): void {
    removeEventListener('online', this.back)
    document.removeEventListener('visibilitychange', this.looked)
    this.drop()
    this.enter('off')
  }

  /** The network came back: a socket from before it went looks open and is dead, a wait has lost its reason. */
  private readonly back = (): void => {
    this.tries = 0
    if (this.state !== 'off') this.connect()
  }

  do(operation: string, body: unknown, nonce?: string): Promise<unknown> {
    const socket = this.socket
    if (!socket || !this.open) return Promise.reject(Refusal.offline())
    const ref = ++this.lastRef
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.asked.delete(ref)
        reject(Refusal.noAnswer())
        this.fall(null)
      }, ANSWER_PATIENCE)
      this.asked.set(ref, { done: resolve, refuse: reject, timer })
      socket.send(JSON.stringify({ t: 'do', ref, op: operation, body, ...(nonce ? { nonce } : {}) }))
    })
  }

  private connect(): void {
    this.drop()
    this.enter('connecting')
    const socket = this.dial()
    this.socket = socket
    this.timer = setTimeout(() => this.fall(null), WELCOME_PATIENCE)
    socket.onopen = () =>
      socket.send(
        JSON.stringify({ t: 'hello', version: PROTOCOL_VERSION, capabilities: CAPABILITIES, language: this.language() }),
      )
    socket.onmessage = (event) => this.hear(JSON.parse(event.data as string) as ServerFrame)
    socket.onclose = (event) => this.fall(event)
  }

  private hear(frame: ServerFrame): void {
    this.lastHeard = Date.now()
    switch (frame.t) {
      case 'welcome':
        clearTimeout(this.timer)
        this.tries = 0
        this.enter('open')
        this.events.opened(frame)
        return
      case 'done':
        this.answer(frame.ref)?.done(frame.answer)
        return
      case 'error':
        if (typeof frame.ref === 'number') this.answer(frame.ref)?.refuse(new Refusal(frame))
        return
      default:
        this.events.frame(frame)
    }
  }

  private answer(ref: number): Waiting | undefined {
    const waiting = this.asked.get(ref)
    if (waiting) clearTimeout(waiting.timer)
    this.asked.delete(ref)
    return waiting
  }

  private fall(event: CloseEvent | null): void {
    const wasOpen = this.open
    this.drop()
    if (this.state === 'off') return
    if (event?.code === CLOSED.revoked || event?.code === CLOSED.upgrade) {
      this.stop()
      this.events.refused(event.code === CLOSED.revoked ? 'revoked' : 'upgrade')
      return
    }
    const wait = event?.code === CLOSED.slow ? 200 : waitFor(this.tries++, hintIn(event))
    this.enter('waiting')
    this.timer = setTimeout(() => this.connect(), wait)
    // The first fall may be anything; later ones now and then, so that a storm does not ask twice as much.
    if (!wasOpen && this.tries % DOUBT === 2) this.events.unreachable()
  }

  private drop(): void {
    clearTimeout(this.timer)
    const socket = this.socket
    this.socket = null
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null
      if (socket.readyState < 2) socket.close()
    }
    for (const waiting of this.asked.values()) {
      clearTimeout(waiting.timer)
      waiting.refuse(Refusal.noAnswer())
    }
    this.asked.clear()
  }

  private enter(state: SocketState): void {
    if (state === this.state) return
    this.state = state
    this.events.state(state)
  }

  private readonly looked = (): void => {
    if (document.visibilityState !== 'visible') return
    if (this.state === 'waiting') this.connect()
    // A phone that slept may hold a dead socket which no event has reported.
    if (this.open && Date.now() - this.lastHeard > SILENCE) void this.do('accounts.me', {}).catch(() => undefined)
  }
}

/** The server may say in the reason how many milliseconds to stay away. */
function hintIn(event: CloseEvent | null): number | null {
  const found = /\d+/.exec(event?.reason ?? '')
  return found ? Math.min(Number(found[0]), 120_000) : null
}

function address(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/socket`
}
