// What the browser tests share: chromium with a fresh profile, the stand-in server, and its levers.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chromium } from 'playwright-core'

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

export const SIZES = { phone: [390, 844], till: [1024, 768], desktop: [1440, 900] }

export function openBrowser() {
  const args = [...FLAGS, '--disable-component-update', '--disable-sync']
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args })
}

export async function openContext(browser, { size = 'phone', language = 'zh-CN', look = 'light' } = {}) {
  const [width, height] = SIZES[size]
  const hasTouch = size !== 'desktop'
  const viewport = { width, height }
  const context = await browser.newContext({ viewport, locale: language, hasTouch, isMobile: size === 'phone', colorScheme: look })
  // As if chosen on this device: otherwise the person's own language counts.
  await context.addInitScript((chosen) => localStorage.setItem('dianmai.language', chosen), language)
  return context
}

export async function startFake(port) {
  const server = spawn(process.execPath, [new URL('fake/server.mjs', import.meta.url).pathname, String(port)])
  server.stderr.on('data', (data) => process.stderr.write(data))
  await once(server.stdout, 'data')
  const address = `http://127.0.0.1:${port}`
  const pull = async (lever, body = {}) => (await fetch(`${address}/_fake/${lever}`, { method: 'POST', body: JSON.stringify(body) })).json()
  return { address, pull, stop: () => server.kill() }
}

export async function signIn(page, address, employeeNo = 'E1001', password = 'right') {
  await page.goto(`${address}/sign-in`)
  await page.fill('input[autocomplete=username]', employeeNo)
  await page.fill('input[type=password]', password)
  await page.click('button[type=submit]')
  await page.waitForSelector('.navigation')
}
