import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bringFiles, carry, stopBringing } from '../src/core/carrying'
import type { Local, Waiting } from '../src/core/local'
import { openLasting } from '../src/core/local_dexie'
import type { Refusal } from '../src/core/refusal'
import { settled } from './outbox_world'

const FILM = new Blob(['a film'], { type: 'video/mp4' })
const SEEN = new Blob(['a picture'], { type: 'image/jpeg' })

function film(): Waiting {
  const poster = { blob: SEEN, name: 'poster.jpg', width: 4, height: 3 }
  const parcels = [{ key: 'film-0001', name: '陈列.mp4', size: FILM.size, type: FILM.type, kind: 'video' as const, width: 4, height: 3, poster }]
  return { ...base, nonce: 'message-0001', parcels }
}

const base: Omit<Waiting, 'nonce'> = {
  operation: 'chat.send',
  body: { stream: 'chat:1' },
  lane: 'chat:1',
  at: 1,
  order: 1,
  state: 'waiting',
  echoes: true,
}

/** The server's door for files. Each picture it is given gets another id; `cut`: no part comes through. */
const door = { asked: [] as string[], announced: [] as string[], pictures: 0, cut: false, onPart: (): void => undefined }

function answerTo(method: string, path: string, body: unknown): unknown {
  door.asked.push(`${method} ${path.split('?')[0]}`)
  if (path === '/uploads') {
    door.announced.push(body as string)
    return { id: 'upload-1', got: 0, size: FILM.size, part: 1024, largest_part: 4096 }
  }
  if (method === 'PUT') return { id: 'upload-1', got: FILM.size, size: FILM.size, part: 1024, largest_part: 4096 }
  return { file: { id: 'film-there' } }
}

class Line {
  status = 200
  responseText = ''
  upload = { onprogress: null }
  onload: () => void = () => undefined
  onerror: () => void = () => undefined
  onabort: () => void = () => undefined
  private asked = ['', ''] as [string, string]
  private sent = false

  open(method: string, path: string): void {
    this.asked = [method, path]
  }

  setRequestHeader(): void {}

  /** As in a browser: before anything was sent there is nothing to abort. */
  abort(): void {
    if (this.sent) this.onabort()
  }

  send(body: unknown): void {
    this.sent = true
    const [method, path] = this.asked
    if (method === 'PUT') door.onPart()
    if (method === 'PUT' && door.cut) return this.onerror()
    this.responseText = JSON.stringify(answerTo(method, path, body))
    this.onload()
  }
}

describe('what is carried to the server', () => {
  let local: Local

  beforeEach(async () => {
    Object.assign(door, { asked: [], announced: [], pictures: 0, cut: false, onPart: () => undefined })
    vi.stubGlobal('XMLHttpRequest', Line)
    vi.stubGlobal('fetch', async (path: string, { method }: RequestInit) => {
      door.asked.push(`${method} ${path.split('?')[0]}`)
      return Response.json({ file: { id: `picture-${++door.pictures}` } })
    })
    local = await openLasting(21)
  })
  afterEach(async () => {
    vi.unstubAllGlobals()
    await local.wipe()
  })

  it('announces a film with the same picture after a reload', async () => {
    const bytes = new Map([['film-0001', FILM]])
    await local.setWaiting(film(), bytes)
    door.cut = true
    await expect(bringFiles((await local.outbox())[0]!, local)).rejects.toMatchObject({ code: 'offline' })
    door.cut = false
    const brought = await bringFiles((await local.outbox())[0]!, local)
    expect(brought.parcels?.[0]?.file?.id).toBe('film-there')
    expect(door.pictures).toBe(1)
    expect(new Set(door.announced).size).toBe(1)
    expect(JSON.parse(door.announced[0]!)).toMatchObject({ nonce: 'film-0001', poster: 'picture-1' })
  })

  it('goes no further with what was taken back elsewhere, and does not write it down again', async () => {
    await local.setWaiting(film(), new Map([['film-0001', FILM]]))
    const [item] = await local.outbox()
    let dropped: Promise<void> | undefined
    door.onPart = () => void (dropped = local.dropWaiting('message-0001'))
    const said = (await bringFiles(item!, local).catch((why: unknown) => why)) as Refusal
    await dropped
    expect(said.code).toBe('taken_back')
    expect(await local.outbox()).toEqual([])
  })

  it('says nothing of which the pictures were on their way when it was taken back', async () => {
    const item: Waiting = { ...base, nonce: 'message-0002', pictures: [{ blob: SEEN, name: 'a.jpg', width: 4, height: 3 }] }
    await expect(carry(item, local)).rejects.toMatchObject({ code: 'taken_back' })
    expect(door.asked).toEqual(['POST /files'])
    expect(await local.outbox()).toEqual([])
  })

  it('sends no part any more once it is stopped, also while the part is read', async () => {
    const slow = new Blob([FILM])
    slow.slice = () =>
      ({
        arrayBuffer: async () => {
          stopBringing('message-0001')
          return new ArrayBuffer(4)
        },
      }) as Blob
    await local.setWaiting(film())
    const [item] = await local.outbox()
    await expect(bringFiles(item!, { bytes: async () => slow, noteWaiting: (one) => local.noteWaiting(one) })).rejects.toMatchObject({ code: 'offline' })
    expect(door.asked.filter((one) => one.startsWith('PUT'))).toEqual([])
    expect(door.asked).toContain('DELETE /uploads/upload-1')
  })

  it('lets what is small pass films that are on their way, of which two go at once', async () => {
    const asked: string[] = []
    let go: () => void = () => undefined
    const gate = new Promise<void>((open) => (go = open))
    const slow: Pick<Local, 'bytes' | 'noteWaiting'> = {
      bytes: async (key) => {
        asked.push(key)
        await gate
        return undefined
      },
      noteWaiting: async () => true,
    }
    const sized = (key: string, size: number): Waiting => ({ ...base, nonce: key, parcels: [{ key, name: key, size, type: '' }] })
    const all = ['film-1', 'film-2', 'film-3'].map((key) => bringFiles(sized(key, 50_000_000), slow))
    all.push(bringFiles(sized('voice', 20_000), slow))
    const ends = Promise.allSettled(all)
    await settled()
    expect(asked).toEqual(['film-1', 'film-2', 'voice'])
    go()
    await ends
    expect(asked).toEqual(['film-1', 'film-2', 'voice', 'film-3'])
  })

  it('tells of bytes that are gone', async () => {
    await local.setWaiting(film())
    await expect(bringFiles((await local.outbox())[0]!, local)).rejects.toMatchObject({ code: 'bytes_lost' })
  })
})
