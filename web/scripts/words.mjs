// Both languages say everything: same keys, same places for numbers and names, every key used in the code exists,
// and no words are written outside the word files.
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

const root = new URL('../src', import.meta.url).pathname
const files = readdirSync(root, { recursive: true }).map((name) => join(root, name))
const wrong = []

function flat(words, path = '') {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value]] : flat(value, `${path}${key}.`),
  )
}

const places = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join()
const known = new Set()

for (const file of files.filter((name) => name.endsWith('words.zh.json'))) {
  const feature = relative(root, file).split('/')[0]
  const zh = new Map(flat(JSON.parse(readFileSync(file, 'utf8'))))
  const en = new Map(flat(JSON.parse(readFileSync(file.replace('.zh.', '.en.'), 'utf8'))))
  for (const [key, text] of zh) {
    known.add(`${feature}.${key}`)
    if (!en.has(key)) wrong.push(`${feature}.${key}: not in English`)
    else if (places(text) !== places(en.get(key))) wrong.push(`${feature}.${key}: {…} differ between the languages`)
  }
  for (const key of en.keys()) if (!zh.has(key)) wrong.push(`${feature}.${key}: not in Chinese`)
}

const starts = new Set([...known].flatMap((key) => key.split('.').map((_, at, all) => all.slice(0, at).join('.') + '.')))
const used = new Set()
let everything = ''

for (const file of files.filter((name) => /\.(vue|ts)$/.test(name) && !name.includes('/wire/'))) {
  const source = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  everything += source
  const at = relative(root, file)
  for (const [, key] of source.matchAll(/\b(?:t|say)\(\s*'([\w.]+)'/g)) {
    used.add(key)
    if (!known.has(key)) wrong.push(`${at}: no words for ${key}`)
  }
  for (const [, start] of source.matchAll(/\b(?:t|say)\(\s*`([\w.]+)\$\{/g)) {
    if (!starts.has(start)) wrong.push(`${at}: no words start with ${start}`)
    for (const key of known) if (key.startsWith(start)) used.add(key)
  }
  const template = /<template>([\s\S]*)<\/template>/.exec(source)?.[1] ?? ''
  const loose = template.replace(/<!--[\s\S]*?-->/g, '').match(/>[^<>{}]*[\u4e00-\u9fff][^<>{}]*</)
  if (loose) wrong.push(`${at}: words outside the word files: ${loose[0].trim()}`)
}

for (const key of known) {
  if (!used.has(key) && !everything.includes(`'${key}'`)) wrong.push(`${key}: words nobody uses`)
}

for (const line of wrong) console.error(line)
console.log(`${known.size} words in two languages, ${wrong.length} wrong`)
process.exit(wrong.length ? 1 : 0)
