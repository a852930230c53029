import { say } from '../kit/i18n'

/** A message in one line, for lists and quotes. */
export function previewOf(said: { text: string; pictures: number; files?: number; merged?: number }): string {
  if (said.text) return said.text.replace(/\s+/g, ' ')
  if (said.merged) return say('chat.merged')
  if (said.pictures) return said.pictures > 1 ? say('chat.pictures', { count: said.pictures }) : say('chat.picture')
  return said.files ? say('chat.attached') : ''
}
