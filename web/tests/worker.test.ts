import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const source = readFileSync(new URL('../worker/worker.js', import.meta.url), 'utf8')
const page = new RegExp(/const PAGE = \/(.*)\/$/m.exec(source)![1]!)

describe('what opens without a network', () => {
  it('is every page of every feature and every door', () => {
    const root = new URL('../src/', import.meta.url)
    const files = [...readdirSync(root).map((name) => `${name}/index.ts`), 'app/router.ts']
    const paths = files.flatMap((file) => {
      try {
        return [...readFileSync(new URL(file, root), 'utf8').matchAll(/path: '(\/[\w/-]*)/g)].map((found) => found[1]!)
      } catch {
        return []
      }
    })
    expect(paths.length).toBeGreaterThan(12)
    expect(paths.filter((path) => !page.test(path))).toEqual([])
  })

  it.each(['/chats/12/members', '/board/3', '/people/unit/7'])('is %s', (path) => expect(page.test(path)).toBe(true))

  it.each(['/api/accounts.me', '/files/abcdefgh', '/socket', '/notices/9/board.xlsx', '/metrics', '/health/ready'])(
    'is not what the server says: %s',
    (path) => expect(page.test(path)).toBe(false),
  )
})
