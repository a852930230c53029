// What a phone loads before its first use: every script and style asked for until the conversations stand there, in
// gzip. Needs a build. Fails above the budget.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openBrowser, openContext, signIn, startFake } from '../tests/browser.mjs'

const BUDGET = 130
const root = new URL('../../dianmai/edge/static', import.meta.url).pathname
const fake = await startFake(8479)
const browser = await openBrowser()
const context = await openContext(browser)
const page = await context.newPage()
await signIn(page, fake.address)
await page.goto('about:blank')

const rows = []
page.on('request', (request) => {
  const { pathname } = new URL(request.url())
  if (!/\.(js|css)$/.test(pathname)) return
  const size = gzipSync(readFileSync(join(root, pathname)), { level: 6 }).length / 1000
  // The store of the device is opened behind the first painting.
  rows.push({ name: basename(pathname), size, later: pathname.includes('local_dexie') })
})
await page.goto(`${fake.address}/chats`)
await page.waitForSelector('.list-row')
await page.waitForTimeout(300)
await browser.close()
fake.stop()

const sum = (list) => list.reduce((all, row) => all + row.size, 0)
for (const { name, size, later } of rows.sort((one, other) => other.size - one.size)) {
  console.log(size.toFixed(1).padStart(7), 'kB', name, later ? '(after the first painting)' : '')
}
const first = sum(rows.filter((row) => !row.later))
console.log(first.toFixed(1).padStart(7), 'kB before the first use; budget', BUDGET)
process.exit(first > BUDGET ? 1 : 0)
