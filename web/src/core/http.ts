import type { ErrorAnswer, Uploaded } from '../wire'
import { Refusal } from './refusal'

const PATIENCE = 20_000
const UPLOAD_PATIENCE = 180_000

let language = 'zh-CN'

/** The language in which the server words its refusals. */
export function hearIn(wanted: string): void {
  language = wanted
}

export function hearing(): string {
  return language
}

export async function post(operation: string, body: unknown, nonce?: string): Promise<unknown> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  if (nonce) headers['X-Dianmai-Nonce'] = nonce
  return request(`/api/${operation}`, JSON.stringify(body), headers, PATIENCE)
}

export async function upload(file: Blob, name: string): Promise<Uploaded> {
  const headers = { 'Content-Type': file.type || 'application/octet-stream' }
  return (await request(`/files?name=${encodeURIComponent(name)}`, file, headers, UPLOAD_PATIENCE)) as Uploaded
}

export function fileUrl(id: string): string {
  return `/files/${encodeURIComponent(id)}`
}

async function request(path: string, body: BodyInit, headers: Record<string, string>, patience: number): Promise<unknown> {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), patience)
  try {
    const answer = await fetch(path, {
      method: 'POST',
      body,
      credentials: 'same-origin',
      headers: { ...headers, 'X-Dianmai': '1', 'Accept-Language': language },
      signal: giveUp.signal,
    })
    if (answer.ok) return await answer.json()
    throw await refusalIn(answer)
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw Refusal.offline()
  } finally {
    clearTimeout(timer)
  }
}

/** A proxy in between may answer with a page of its own: that is "no answer", not a refusal. */
async function refusalIn(answer: Response): Promise<Refusal> {
  try {
    const { error } = (await answer.json()) as ErrorAnswer
    return new Refusal({ ...error, retry_after_ms: error.retry_after_ms ?? retryAfter(answer) }, answer.status)
  } catch {
    return Refusal.noAnswer(answer.status)
  }
}

function retryAfter(answer: Response): number | null {
  const seconds = Number(answer.headers.get('Retry-After'))
  return seconds > 0 ? seconds * 1000 : null
}
