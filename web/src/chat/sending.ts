import { post } from '../core/engine'
import type { Packed } from '../core/local'
import type { MentionWish } from '../wire'

/** What it answers, by seq, and whom it mentions. */
interface Besides {
  reply?: number | undefined
  mentions?: MentionWish[]
}

/** Puts a message on its way. It is safe on this device when this resolves; the bubble says how far it got. */
export async function send(stream: string, text: string, pictures: Packed[], { reply, mentions = [] }: Besides = {}): Promise<void> {
  const said = text.trim()
  if (!said && pictures.length === 0) return
  await post({
    operation: 'chat.send',
    body: { stream, ...(said ? { text: said } : {}), ...(reply ? { reply } : {}), ...(mentions.length ? { mentions } : {}) },
    lane: stream,
    echoes: true,
    ...(pictures.length ? { pictures } : {}),
  })
}
