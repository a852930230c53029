// Made by bin/generate from dianmai/wire. Edit the structs there.

/** What went wrong, in the reader's language, and what to do: `field` and `limit` where they apply. */
export interface ErrorBody {
  code: string
  message: string
  request_id: string
  field?: string | null
  limit?: number | null
  retryable?: boolean
  retry_after_ms?: number | null
  rows?: Record<string, string>[] | null
}

export interface ErrorAnswer {
  error: ErrorBody
}
