import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const me = { person: { id: 1, positions: [] }, rights: {} }

describe('who is signed in', () => {
  const kept = new Map<string, string>()
  let answers: Response[] = []
  let asked: string[] = []

  const visit = async () => {
    vi.resetModules()
    const session = await import('../src/core/session')
    await session.restore()
    return session
  }

  beforeEach(() => {
    kept.clear()
    asked = []
    vi.stubGlobal('navigator', { userAgent: '' })
    vi.stubGlobal('document', { createElement: () => ({}) })
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    })
    vi.stubGlobal('fetch', async (path: string) => {
      asked.push(path)
      return answers.shift() ?? Promise.reject(new Error('offline'))
    })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  it('is asked once, and not again where the server has said nobody, until somebody signs in', async () => {
    answers = [Response.json({ error: { code: 'signed_out' } }, { status: 401 }), Response.json({ me })]
    await visit()
    const { session, signIn } = await visit()
    expect(session.state).toBe('out')
    expect(asked).toEqual(['/api/accounts.me'])
    await signIn('A00002', 'secret')
    expect((await visit()).session.state).toBe('in')
    expect([...kept.keys()]).toEqual(['dianmai.me'])
  })

  it('is asked again when nobody could answer', async () => {
    answers = []
    await visit()
    await visit()
    expect(asked).toHaveLength(2)
  })
})
