import type { ErrorBody } from '../wire'

const UNKNOWN: ReadonlySet<string> = new Set(['offline', 'no_answer', 'internal_error'])
/** Something on this side gave way while it was carried out. */
export const BROKEN = 'broken'

/**
 * An operation that was not done, and why. `message` comes from the server in the reader's language; it is empty for
 * what happened on this side (`offline`, `no_answer`), where the screen has its own words.
 */
export class Refusal extends Error {
  readonly code: string
  readonly status: number
  readonly field: string | null
  readonly limit: number | null
  readonly retryable: boolean
  readonly retryAfter: number | null
  readonly requestId: string

  constructor(body: Partial<ErrorBody> & { code: string }, status = 0) {
    super(body.message ?? '')
    this.name = 'Refusal'
    this.code = body.code
    this.status = status
    this.field = body.field ?? null
    this.limit = body.limit ?? null
    this.retryable = body.retryable ?? false
    this.retryAfter = body.retry_after_ms ?? null
    this.requestId = body.request_id ?? ''
  }

  /**
   * True when nothing is known about whether it was done: the same nonce must be sent again. A server that stumbled
   * (over the socket it says so by code only) has refused nothing.
   */
  get unknown(): boolean {
    return this.status >= 500 || UNKNOWN.has(this.code)
  }

  static offline(): Refusal {
    return new Refusal({ code: 'offline', retryable: true })
  }

  static noAnswer(status = 0): Refusal {
    return new Refusal({ code: 'no_answer', retryable: true }, status)
  }
}

/** Whether the same request may succeed later without anyone changing anything. */
export function passes(error: unknown): boolean {
  return error instanceof Refusal && (error.retryable || error.unknown)
}

/** Whether a kept refusal was the server's definite no; otherwise it may have been done, and its nonce still counts. */
export function definite(refusal: { code: string } | undefined): boolean {
  return refusal !== undefined && refusal.code !== BROKEN && !UNKNOWN.has(refusal.code)
}
