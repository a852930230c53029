import { shallowReactive } from 'vue'
import type { BeginUpload, ErrorAnswer, FileRef, Upload, Uploaded } from '../wire'
import type { Parcel } from './local'
import { hearing } from './http'
import { Refusal } from './refusal'

/** A line is silent for this long: the part is given up and asked for again. */
const SILENCE = 45_000
/** Reading and judging a large file on the server takes its time. */
const FINISHING = 180_000
/** A part should take about as long as somebody waits without wondering. */
const BRISK = 1_500
const SLOW = 8_000
const SMALLEST = 128 * 1024
const SPOILED_MOST = 4

/** How many bytes of a parcel the server has for certain or is getting right now, by the key of its bytes. */
export const progress = shallowReactive(new Map<string, number>())

/**
 * Brings a parcel's bytes to the server, from where an earlier try came to. The key of its bytes is its nonce, so the
 * server knows it again: after a reload, a night's sleep, a restart on either side.
 */
export async function bring(parcel: Parcel, bytes: Blob, poster: FileRef | null, given: AbortSignal): Promise<FileRef> {
  const upload = await begin(parcel, poster, given)
  try {
    return await goOn(parcel.key, upload, bytes, given)
  } catch (error) {
    if (given.aborted) giveUp(upload)
    // Forgotten there meanwhile: the next try begins anew.
    if (error instanceof Refusal && error.code === 'not_found') throw Refusal.noAnswer(404)
    throw error
  } finally {
    progress.delete(parcel.key)
  }
}

/** Says that it will not go on, also when the page goes at this moment; unsaid, the server forgets it after some days. */
function giveUp(upload: Upload): void {
  const said = fetch(`/uploads/${upload.id}`, { method: 'DELETE', keepalive: true, credentials: 'same-origin', headers: { 'X-Dianmai': '1' } })
  said.catch(() => undefined)
}

async function begin(parcel: Parcel, poster: FileRef | null, given: AbortSignal): Promise<Upload> {
  const { key, name, size, type, kind, width, height, duration_ms, wave } = parcel
  const ask: Partial<BeginUpload> = { nonce: key, name, size, media_type: type }
  if (kind) ask.kind = kind
  if (kind === 'video') Object.assign(ask, { width, height })
  if (duration_ms !== undefined) ask.duration_ms = Math.round(duration_ms)
  if (wave) ask.wave = wave
  if (poster) ask.poster = poster.id
  return (await request('POST', '/uploads', JSON.stringify(ask), { 'Content-Type': 'application/json' }, given)) as Upload
}

async function goOn(key: string, upload: Upload, bytes: Blob, given: AbortSignal): Promise<FileRef> {
  const address = `/uploads/${upload.id}`
  let { got, part } = upload
  let spoiled = 0
  while (got < upload.size) {
    progress.set(key, got)
    const from = got
    const piece = await bytes.slice(from, from + part).arrayBuffer()
    const started = performance.now()
    try {
      const told = (sent: number): unknown => progress.set(key, from + sent)
      const answer = (await request('PUT', `${address}?at=${from}`, piece, await checksum(piece), given, told)) as Upload
      got = answer.got
      part = nextPart(part, performance.now() - started, upload.largest_part)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      // Another tab was quicker, or the answer was lost: the server knows where to go on.
      if (error.code === 'wrong_offset') got = ((await request('GET', address, null, {}, given)) as Upload).got
      else if (error.code !== 'checksum_mismatch' || ++spoiled > SPOILED_MOST) throw error
    }
  }
  progress.set(key, got)
  return ((await request('POST', `${address}/file`, null, {}, given)) as Uploaded).file
}

/** On a good line few large parts, on a bad one many small: what is lost with a line is one part. */
export function nextPart(part: number, took: number, largest: number): number {
  if (took < BRISK) return Math.min(largest, part * 2)
  return took > SLOW ? Math.max(SMALLEST, Math.floor(part / 2)) : part
}

async function checksum(piece: ArrayBuffer): Promise<Record<string, string>> {
  // Pages over plain HTTP have no crypto; then the line's own checksums have to do.
  const digest = await crypto.subtle?.digest('SHA-256', piece)
  if (!digest) return {}
  return { 'X-Dianmai-Sha256': [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('') }
}

/** `fetch` cannot say how much of a body has gone out, so this is the older door. */
function request(
  method: string,
  path: string,
  body: XMLHttpRequestBodyInit | null,
  headers: Record<string, string>,
  given?: AbortSignal,
  told?: (sent: number) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const line = new XMLHttpRequest()
    const giveUp = (): void => line.abort()
    let silence = setTimeout(giveUp, told ? SILENCE : FINISHING)
    const end = (act: () => void): void => {
      clearTimeout(silence)
      given?.removeEventListener('abort', giveUp)
      act()
    }
    line.upload.onprogress = ({ loaded }) => {
      clearTimeout(silence)
      silence = setTimeout(giveUp, SILENCE)
      told?.(loaded)
    }
    line.onerror = line.onabort = () => end(() => reject(Refusal.offline()))
    line.onload = () => end(() => answered(line, resolve, reject))
    line.open(method, path)
    const always = { 'X-Dianmai': '1', 'Accept-Language': hearing() }
    for (const [name, value] of Object.entries({ ...always, ...headers })) line.setRequestHeader(name, value)
    given?.addEventListener('abort', giveUp)
    if (given?.aborted) giveUp()
    line.send(body)
  })
}

function answered(line: XMLHttpRequest, resolve: (said: unknown) => void, reject: (why: Refusal) => void): void {
  try {
    const said = JSON.parse(line.responseText) as unknown
    if (line.status < 300) resolve(said)
    else reject(new Refusal((said as ErrorAnswer).error, line.status))
  } catch {
    reject(Refusal.noAnswer(line.status))
  }
}
