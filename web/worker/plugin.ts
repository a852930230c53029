import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const PUBLIC = ['mark.svg', 'manifest.webmanifest']

/** Puts the service worker beside the build, with the list of its files. */
export function worker(): Plugin {
  return {
    name: 'dianmai-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const page = bundle['index.html']
        if (page?.type !== 'asset') throw new Error('the worker needs the first page')
        const files = [...Object.keys(bundle).filter((name) => name !== 'index.html'), ...PUBLIC].sort().map((name) => `/${name}`)
        const written = readFileSync(new URL('worker.js', import.meta.url), 'utf8')
        const hash = createHash('sha256').update(written).update(page.source).update(files.join())
        const source = written
          .replace('const FILES = []', () => `const FILES = ${JSON.stringify(files)}`)
          .replace("const VERSION = ''", `const VERSION = '${hash.digest('hex').slice(0, 12)}'`)
        this.emitFile({ type: 'asset', fileName: 'worker.js', source })
      },
    },
  }
}
