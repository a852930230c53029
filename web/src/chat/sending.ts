import { post } from '../core/engine'
import type { Packed } from '../core/local'
import type { MentionWish } from '../wire'

/** Puts a message on its way. It is safe on this device when this resolves; the bubble says how far it got. */
export async function send(stream: string, text: string, pictures: Packed[], mentions: MentionWish[] = []): Promise<void> {
  const said = text.trim()
  if (!said && pictures.length === 0) return
  await post({
    operation: 'chat.send',
    body: { stream, ...(said ? { text: said } : {}), ...(mentions.length ? { mentions } : {}) },
    lane: stream,
    echoes: true,
    ...(pictures.length ? { pictures } : {}),
  })
}
