// Drives the built client against the stand-in server: lines cut, pages reloaded, two tabs, sessions ended.
// `npm run build` first, then `npm run drive`.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { openBrowser, openContext, signIn, startFake } from './browser.mjs'

const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
const browser = await openBrowser()
let port = 8480
let failed = 0

async function story(name, run, options) {
  const fake = await startFake(port++)
  const context = await openContext(browser, options)
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.setDefaultTimeout(8000)
  try {
    await signIn(page, fake.address)
    await run({ page, context, fake, go: (path) => page.goto(fake.address + path) })
    assert.deepEqual(errors, [])
    console.log('ok  ', name)
  } catch (error) {
    failed++
    console.log('FAIL', name, '\n', error.message)
    await page.screenshot({ path: `/tmp/drive-${port}.png` }).catch(() => undefined)
  } finally {
    await context.close()
    fake.stop()
  }
}

const bubble = (page, text) => page.locator('.message', { hasText: text }).last()
const write = async (page, text) => {
  await page.fill('textarea', text)
  await page.click('.send')
}
const sent = (page, text) => bubble(page, text).locator('[aria-label="已发送"]').waitFor()
const waits = (page, text) => bubble(page, text).locator('[aria-label="等待发送"]').waitFor()

await story('a message is shown at once and ticked when the server has it', async ({ page, go }) => {
  await go('/chats/2')
  await write(page, '可以，我跟小孙说')
  await sent(page, '可以，我跟小孙说')
})

await story('written without a line it waits, survives a reload and is sent once', async ({ page, go, fake }) => {
  await go('/chats/2')
  await page.waitForSelector('.message')
  await fake.pull('down', { on: true })
  await write(page, '没网时写的')
  await waits(page, '没网时写的')
  await page.getByText('1 条待发送').waitFor()
  await fake.pull('down', { on: false })
  await page.reload()
  await sent(page, '没网时写的')
  assert.equal((await fake.pull('sent')).nonces.length, 1)
  assert.equal(await page.locator('.message', { hasText: '没网时写的' }).count(), 1)
})

await story('a refused message says so and can be taken back', async ({ page, go }) => {
  await go('/chats/2')
  await write(page, '/refuse')
  await page.locator('.failed').click()
  await page.getByText('这条消息不能发送').waitFor()
  await page.getByRole('button', { name: '删除' }).click()
  await page.locator('.failed').waitFor({ state: 'detached' })
})

await story('two tabs send everything once', async ({ page, context, go, fake }) => {
  await go('/chats/2')
  const other = await context.newPage()
  await other.goto(`${fake.address}/chats/2`)
  await other.waitForSelector('.message')
  for (const n of [1, 2, 3]) {
    await write(page, `第一页 ${n}`)
    await write(other, `第二页 ${n}`)
  }
  await sent(other, '第二页 3')
  await sent(page, '第二页 3')
  await page.waitForTimeout(300)
  assert.equal((await fake.pull('sent')).nonces.length, 6)
  assert.equal(await page.locator('.message', { hasText: '第' }).count(), 6)
  await page.close()
  await write(other, '第一页关了')
  await sent(other, '第一页关了')
})

await story('what comes while the line is down is there afterwards, in order', async ({ page, go, fake }) => {
  await go('/chats/2')
  await page.waitForSelector('.message')
  await fake.pull('cut')
  for (const n of [1, 2, 3]) await fake.pull('say', { stream: 'chat:2', actor: 2, text: `断线时 ${n}` })
  await bubble(page, '断线时 3').waitFor()
  const texts = await page.locator('.bubble', { hasText: '断线时' }).allTextContents()
  assert.deepEqual(texts.map((text) => text.trim()), ['断线时 1', '断线时 2', '断线时 3'])
})

await story('the divider and the jump lead to what is new; the count goes', async ({ page, go }) => {
  await page.waitForSelector('.list-row')
  await page.locator('.list-row', { hasText: '华东区店长群' }).locator('text=99+').waitFor()
  await go('/chats/4')
  await page.locator('.jump.up').click()
  await page.getByText('以下是新消息').waitFor()
  assert.ok(await bubble(page, '第 41 次').isVisible())
  await page.locator('.jump.down').click()
  await bubble(page, '第 160 次').waitFor()
  await go('/chats')
  await page.locator('.list-row', { hasText: '华东区店长群' }).waitFor()
  await page.waitForTimeout(600)
  assert.equal(await page.locator('.list-row', { hasText: '华东区店长群' }).locator('.badge').count(), 0)
})

await story('older pages come without the reader losing the place', async ({ page, go }) => {
  await go('/chats/1')
  await page.waitForSelector('.message')
  await page.waitForTimeout(400)
  let oldest = 240
  for (let n = 0; n < 14 && oldest > 30; n++) {
    await page.locator('.messages .rows').evaluate((list) => (list.scrollTop = 700))
    await page.waitForTimeout(120)
    const before = await page.evaluate(topmost)
    await page.waitForTimeout(250)
    const after = await page.evaluate(topmost)
    assert.equal(after.text, before.text)
    assert.ok(Math.abs(after.top - before.top) < 4, `moved by ${after.top - before.top}`)
    oldest = Number(/（(\d+)）/.exec(after.text)?.[1] ?? oldest)
    await page.locator('.messages .rows').evaluate((list) => (list.scrollTop = 0))
    await page.waitForTimeout(250)
  }
  await page.locator('.bubble', { hasText: '（1）' }).first().waitFor()
})

function topmost() {
  const list = document.querySelector('.messages .rows').getBoundingClientRect()
  const all = [...document.querySelectorAll('.message .bubble')].map((one) => ({ text: one.textContent.trim(), top: one.getBoundingClientRect().top }))
  return all.find((one) => one.top > list.top + 40)
}

await story('a picture is made smaller, shown at once and sent', async ({ page, go }) => {
  await go('/chats/2')
  await page.waitForSelector('.message')
  const png = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 4000, height: 3000 })
    canvas.getContext('2d').fillRect(0, 0, 2000, 1500)
    const blob = await new Promise((done) => canvas.toBlob(done))
    return [...new Uint8Array(await blob.arrayBuffer())]
  })
  const upload = page.waitForRequest((request) => request.url().includes('/files?'))
  await page.setInputFiles('input[type=file] >> nth=0', { name: '货架.png', mimeType: 'image/png', buffer: Buffer.from(png) })
  await page.locator('.tray img').waitFor()
  await page.click('.send')
  assert.equal((await upload).headers()['content-type'], 'image/webp')
  await page.locator('.message .picture').click()
  await page.locator('dialog.viewer img').waitFor()
  const size = await page.locator('dialog.viewer img').evaluate((one) => [one.naturalWidth, one.naturalHeight])
  assert.deepEqual(size, [2048, 1536])
  await page.keyboard.press('Escape')
  await page.locator('dialog.viewer').waitFor({ state: 'detached' })
})

await story('a session ended elsewhere leaves nothing behind', async ({ page, go, fake }) => {
  await go('/chats/2')
  await page.waitForSelector('.message')
  await fake.pull('revoke')
  await page.waitForURL(/\/sign-in/)
  const left = await page.evaluate(async () => ({ bases: (await indexedDB.databases()).length, me: localStorage.getItem('dianmai.me') }))
  assert.deepEqual(left, { bases: 0, me: null })
})

await story('signing out counts what is not sent, then wipes', async ({ page, go, fake }) => {
  await go('/me')
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.locator('dialog').getByRole('button', { name: '退出登录' }).click()
  await page.waitForURL(/\/sign-in/)
  await page.goto(`${fake.address}/chats`)
  await page.waitForURL(/\/sign-in/)
})

await story('everything by keyboard', async ({ page, go }) => {
  await go('/chats')
  await page.waitForSelector('.list-row')
  await page.keyboard.press('Tab')
  assert.match(await page.evaluate(() => document.activeElement.textContent), /跳到正文/)
  for (let n = 0; n < 12; n++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(() => document.activeElement.matches('.list-row'))) break
  }
  await page.keyboard.press('Enter')
  await page.waitForURL(/chats\/\d/)
  await page.waitForSelector('.message')
  await page.locator('textarea').focus()
  await page.keyboard.type('键盘写的')
  await page.keyboard.press('Enter')
  await sent(page, '键盘写的')
}, { size: 'desktop' })

for (const [size, look, language] of [['phone', 'light', 'zh-CN'], ['desktop', 'dark', 'en'], ['till', 'light', 'en']]) {
  await story(`axe finds nothing: ${size}, ${look}, ${language}`, async ({ page, go }) => {
    for (const path of ['/chats', '/chats/1', '/chats/1/members', '/me', '/me/sessions', '/me/appearance']) {
      await go(path)
      await page.waitForTimeout(700)
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
      const said = violations.map((one) => `${path} ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ')}`)
      assert.deepEqual(said, [])
    }
  }, { size, look, language })
}

await browser.close()
console.log(failed ? `${failed} failed` : 'all well')
process.exit(failed ? 1 : 0)
