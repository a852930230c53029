import { post } from '../core/engine'
import type { Packed } from '../core/local'
import type { MentionWish } from '../wire'
import type { Wrapped } from './attach/wrapping'

/** What a message has besides its text; `reply`: what it answers, by seq. */
interface Besides {
  pictures?: Packed[]
  files?: Wrapped[]
  reply?: number | undefined
  mentions?: MentionWish[]
  /** The text is to be shown with its headings and lists. */
  markdown?: boolean
}

/** Puts a message on its way. It is safe on this device when this resolves; the bubble says how far it got. */
export async function send(stream: string, text: string, { pictures = [], files = [], reply, mentions = [], markdown }: Besides = {}): Promise<void> {
  const said = text.trim()
  if (!said && pictures.length + files.length === 0) return
  await post(
    {
      operation: 'chat.send',
      body: {
        stream,
        ...(said ? { text: said } : {}),
        ...(reply ? { reply } : {}),
        ...(mentions.length ? { mentions } : {}),
        ...(said && markdown ? { markdown } : {}),
      },
      lane: stream,
      echoes: true,
      ...(pictures.length ? { pictures } : {}),
      ...(files.length ? { parcels: files.map((one) => one.parcel) } : {}),
    },
    new Map(files.map((one) => [one.parcel.key, one.bytes])),
  )
}
