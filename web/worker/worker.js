// Keeps the built client on the device, so that it opens without a network and shows what the device remembers. Only
// files of the build and the app's own pages: what people wrote and read passes by (`/api`, `/files`, `/uploads`, `/socket`).
// `plugin.ts` fills in FILES and VERSION.
const FILES = []
const VERSION = ''
const PREFIX = 'dianmai-shell-'
const KEPT = PREFIX + VERSION

/** Addresses inside the app, all answered by its first page. A name with a dot is a file of the server. */
const PAGE = /^\/((chats|notices|board|people|search|me|sign-in|activate)(\/[^.]*)?)?$/

addEventListener('install', (event) => event.waitUntil(keep()))
addEventListener('activate', (event) => event.waitUntil(takeOver()))
addEventListener('message', (event) => event.data === 'take over' && void skipWaiting())

addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  const { origin, pathname } = new URL(url)
  if (method !== 'GET' || origin !== location.origin) return
  if (mode === 'navigate' && PAGE.test(pathname)) event.respondWith(kept('/', event.request))
  else if (FILES.includes(pathname) || pathname.startsWith('/assets/')) event.respondWith(kept(pathname, event.request))
})

/** A version is kept whole or not at all. */
async function keep() {
  const cache = await caches.open(KEPT)
  await cache.addAll(['/', ...FILES].map((path) => new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'reload' })))
}

/** The version before stays: a tab that was opened with it may still ask for one of its files. */
async function takeOver() {
  const before = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== KEPT)
  await Promise.all(before.slice(0, -1).map((name) => caches.delete(name)))
  await clients.claim()
}

async function kept(path, request) {
  const ours = await caches.open(KEPT)
  return (await ours.match(path)) ?? (await caches.match(path)) ?? fetch(request)
}
