// A stand-in for the server, for looking at screens and for pulling plugs: node tests/fake/server.mjs [port].
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { WebSocketServer } from 'ws'
import { me, names, people, say, streams } from './world.mjs'

const port = Number(process.argv[2] ?? 8471)
const root = new URL('../../../dianmai/edge/static', import.meta.url).pathname
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
  "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
const sockets = new Set()
const answered = new Map()
const uploads = new Map()
let down = false
let revoked = false

class Refused extends Error {
  constructor(status, code, message) {
    super(message)
    Object.assign(this, { status, code })
  }
}

const chats = () => [...streams.values()].filter((one) => one.stream.startsWith('chat:'))
const state = (one) => ({ stream: one.stream, head: one.entries.length, head_no: one.no, read_no: one.read })
const message = ({ kind: _, actor, ...entry }) => ({ ...entry, author: actor })
const messages = (one) => one.entries.filter((entry) => entry.kind === 'chat.message')

const operations = {
  'accounts.sign_in': ({ password }) => {
    if (password === 'wrong') throw new Refused(401, 'wrong_password', '工号或密码不对')
    return { me }
  },
  'accounts.me': () => me,
  'accounts.sign_out': () => ({}),
  'accounts.sessions': () => ({
    sessions: [
      { id: 1, device_name: 'Chrome · Android', device_kind: 'phone', since: Date.now() - 9e8, last_used: Date.now(), this: true },
      { id: 2, device_name: 'Edge · Windows', device_kind: 'desktop', since: Date.now() - 9e9, last_used: Date.now() - 9e7, this: false },
    ],
  }),
  'accounts.end_session': () => ({}),
  'org.person': ({ person }) => ({ id: person, name: names.get(person)?.name ?? '张三', employee_no: `E${person}`, phone: null, positions: [], state: 'active' }),
  'org.unit': () => ({ unit: { id: 1, kind: 'hq', name: '云岭百货' }, line: [], children: [], people }),
  'notices.list': () => ({ notices: [], more: false }),
  'chat.open_direct': () => ({ stream: 'chat:2' }),
  'chat.conversations': () => ({
    conversations: chats().map((one) => {
      const last = messages(one).at(-1)
      const other = one.kind === 'direct' ? people.find((who) => who.id !== 1 && one.members.includes(who.id)) : undefined
      const row = { stream: one.stream, kind: one.kind, title: one.title, members: one.members.length, head: one.entries.length }
      return { ...row, head_no: one.no, read_no: one.read, with_person: other, last: message(last), moved: last.at, muted: one.stream === 'chat:6' }
    }),
    people,
  }),
  'chat.history': ({ stream, before, after, limit = 50 }) => {
    const all = messages(streams.get(stream))
    const page = after !== undefined ? all.filter((one) => one.no > after).slice(0, limit) : all.filter((one) => one.no < (before ?? 1e9)).slice(-limit)
    return { messages: page.map(message), people, more_before: page[0]?.no > 1, more_after: (page.at(-1)?.no ?? 0) < all.length }
  },
  'chat.members': ({ stream }) => ({ members: people.filter((who) => streams.get(stream).members.includes(who.id)), total: streams.get(stream).members.length }),
  'chat.send': ({ stream, text = '', pictures = [] }, nonce) => {
    if (answered.has(nonce)) return answered.get(nonce)
    if (text === '/refuse') throw new Refused(422, 'text_refused', '这条消息不能发送')
    const entry = say(stream, 1, { text, pictures: pictures.map((id) => uploads.get(id)) }, Date.now(), nonce)
    answered.set(nonce, { stream, seq: entry.seq, no: entry.no, at: entry.at })
    streams.get(stream).read = entry.no
    push({ t: 'entries', stream, entries: [entry] })
    return answered.get(nonce)
  },
  'sync.catch_up': ({ known = {} }) => {
    const all = [...streams.values()]
    const fresh = all.filter((one) => known[one.stream] === undefined && one.entries.length)
    const entries = all.flatMap((one) => one.entries.slice(known[one.stream] ?? Math.max(0, one.entries.length - 30)))
    return { streams: all.map(state), whole: true, entries, start_over: fresh.map((one) => one.stream), more: false, now: Date.now() }
  },
  'sync.entries': ({ stream, after }) => ({ entries: streams.get(stream).entries.slice(after), head: streams.get(stream).entries.length }),
  'sync.read': ({ stream, no }) => {
    streams.get(stream).read = Math.max(no, streams.get(stream).read)
    push({ t: 'seen', stream, no })
    return { stream, no }
  },
}
operations['accounts.activate'] = operations['accounts.sign_in']

// What a test does to the world: lose the line, let somebody speak, end the session.
const levers = {
  cut: () => (sockets.forEach((socket) => socket.terminate()), {}),
  down: ({ on }) => ((down = on), on && levers.cut(), {}),
  say: ({ stream, actor, text }) => {
    const entry = say(stream, actor, { text })
    push({ t: 'entries', stream, entries: [entry] })
    return {}
  },
  revoke: () => ((revoked = true), sockets.forEach((socket) => socket.close(4010, 'session_revoked')), {}),
  sent: () => ({ nonces: [...answered.keys()] }),
}

function push(frame) {
  for (const socket of sockets) socket.send(JSON.stringify(frame))
}

const signedIn = (request) => !revoked && /dm=1/.test(request.headers.cookie ?? '')

function carryOut(request, operation, body, nonce) {
  if (!signedIn(request) && !/sign_in|activate/.test(operation)) throw new Refused(401, 'sign_in_required', '请先登录')
  const run = operations[operation]
  if (!run) throw new Refused(404, 'unknown_operation', '没有这个操作')
  return run(body, nonce)
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://x')
  const json = (status, value) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
  const body = Buffer.concat(await request.toArray())
  if (url.pathname.startsWith('/_fake/')) return json(200, levers[url.pathname.slice(7)](JSON.parse(body.toString() || '{}')))
  if (down) return response.destroy()
  if (url.pathname.startsWith('/api/')) {
    try {
      const operation = url.pathname.slice(5)
      const answer = carryOut(request, operation, JSON.parse(body), request.headers['x-dianmai-nonce'])
      if (/sign_in|activate/.test(operation)) response.setHeader('Set-Cookie', 'dm=1; HttpOnly; Path=/')
      if (operation === 'accounts.sign_out') response.setHeader('Set-Cookie', 'dm=0; Max-Age=0; Path=/')
      return json(200, answer)
    } catch (error) {
      return json(error.status ?? 500, { error: { code: error.code ?? 'internal_error', message: error.message, request_id: 'x' } })
    }
  }
  if (url.pathname === '/files') {
    const id = `up${uploads.size + 1}-${Date.now()}`
    uploads.set(id, { id, name: url.searchParams.get('name'), kind: 'picture', media_type: request.headers['content-type'], size: body.length, bytes: body })
    const { bytes: _, ...file } = uploads.get(id)
    return json(200, { file })
  }
  if (url.pathname.startsWith('/files/')) return picture(url.pathname.slice(7), response)
  const file = join(root, normalize(url.pathname))
  const path = extname(file) && existsSync(file) ? file : join(root, 'index.html')
  response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream', 'Content-Security-Policy': policy })
  createReadStream(path).pipe(response)
})

function picture(id, response) {
  const upload = uploads.get(id)
  if (upload) return response.writeHead(200, { 'Content-Type': upload.media_type }).end(upload.bytes)
  const hue = (id.charCodeAt(id.length - 1) * 47) % 360
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="900" viewBox="0 0 12 9"><rect width="12" height="9" fill="hsl(${hue} 40% 70%)"/><rect x="1" y="4" width="4" height="4" fill="hsl(${hue} 50% 45%)"/><rect x="6" y="2" width="5" height="6" fill="hsl(${hue} 60% 35%)"/></svg>`
  response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(svg)
}

new WebSocketServer({ server, path: '/socket' }).on('connection', (socket, request) => {
  if (down || !signedIn(request)) return socket.terminate()
  socket.on('close', () => sockets.delete(socket))
  socket.on('message', (data) => {
    const frame = JSON.parse(data)
    if (frame.t === 'hello') {
      sockets.add(socket)
      return socket.send(JSON.stringify({ t: 'welcome', version: 1, capabilities: [], person: 1, credential: 1, now: Date.now() }))
    }
    try {
      socket.send(JSON.stringify({ t: 'done', ref: frame.ref, answer: carryOut(request, frame.op, frame.body, frame.nonce) }))
    } catch (error) {
      socket.send(JSON.stringify({ t: 'error', ref: frame.ref, code: error.code ?? 'internal_error', message: error.message, request_id: 'x' }))
    }
  })
})

server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`))
