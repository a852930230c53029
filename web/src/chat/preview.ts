import type { FileKind } from '../wire'
import { say } from '../kit/i18n'
import { wordsOf } from '../text/bare'

type Named = { name: string; kind?: FileKind }

/** A message in one line, for lists and quotes; where its files are not at hand, their number has to do. */
export function previewOf(said: { text: string; pictures: number; files?: readonly Named[] | number; merged?: number; markdown?: boolean }): string {
  if (said.text) return (said.markdown ? wordsOf(said.text) : said.text).replace(/\s+/g, ' ')
  if (said.merged) return say('chat.merged')
  if (said.pictures) return said.pictures > 1 ? say('chat.pictures', { count: said.pictures }) : say('chat.picture')
  if (!said.files || typeof said.files === 'number') return said.files ? say('chat.attached') : ''
  const [file] = said.files
  if (!file) return ''
  return file.kind === 'voice' || file.kind === 'video' ? say(`chat.sent_a.${file.kind}`) : say('chat.a_file', { name: file.name })
}
