// What a phone loads before its first use: the entry, what it imports, and the first tab's screens; in gzip.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const root = new URL('../../dianmai/edge/static', import.meta.url).pathname
const rows = readdirSync(join(root, 'assets'))
  .map((name) => ({ name, size: gzipSync(readFileSync(join(root, 'assets', name)), { level: 9 }).length }))
  .sort((one, other) => other.size - one.size)
for (const { name, size } of rows) console.log((size / 1000).toFixed(1).padStart(8), 'kB', name)
console.log((rows.reduce((sum, row) => sum + row.size, 0) / 1000).toFixed(1).padStart(8), 'kB in all')
