import type { FileKind } from '../wire'
import { say } from '../kit/i18n'
import { wordsOf } from '../text/bare'

type Named = { name: string; kind?: FileKind }

/** What a message has in it; where that is not at hand, its number has to do. */
interface Shown {
  text?: string
  markdown?: boolean
  pictures?: readonly unknown[] | number
  files?: readonly Named[] | number
  merged?: readonly unknown[] | number
}

/** A message in one line, for lists and quotes. */
export function previewOf(said: Shown): string {
  if (said.text) return (said.markdown ? wordsOf(said.text) : said.text).replace(/\s+/g, ' ')
  if (count(said.merged)) return say('chat.merged')
  const pictures = count(said.pictures)
  if (pictures) return pictures > 1 ? say('chat.pictures', { count: pictures }) : say('chat.picture')
  if (!said.files || typeof said.files === 'number') return said.files ? say('chat.attached') : ''
  const [file] = said.files
  if (!file) return ''
  return file.kind === 'voice' || file.kind === 'video' ? say(`chat.sent_a.${file.kind}`) : say('chat.a_file', { name: file.name })
}

function count(some: readonly unknown[] | number = 0): number {
  return typeof some === 'number' ? some : some.length
}
