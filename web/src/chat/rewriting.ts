import { takeBack } from '../core/engine'
import type { Waiting } from '../core/local'
import { definite } from '../core/refusal'
import type { MentionWish } from '../wire'
import { offered } from './composing'
import { mayWrite } from './conversations'
import { putBackPicks } from './mentioning'

/** Whether the words of a refused message can go back to where they are written. Its files cannot: they wait with it. */
export function mayRewrite(item: Waiting | undefined): item is Waiting {
  if (!item || item.operation !== 'chat.send' || typeof item.body.text !== 'string') return false
  return definite(item.refusal) && !item.pictures?.length && !item.parcels?.length && mayWrite(item.lane)
}

/** Puts the words of a refused message back, with whom they mention; not who was refused, or they would be again. */
export function rewrite({ nonce, lane, body, refusal }: Waiting): void {
  const letters = [...String(body.text)]
  const wishes = (body.mentions as MentionWish[] | undefined) ?? []
  const refused = (label: string, { everyone }: MentionWish): boolean =>
    everyone ? refusal?.code === 'forbidden' : (refusal?.message.includes(label.slice(1)) ?? false)
  const chosen = wishes.flatMap((wish) => {
    const label = letters.slice(wish.at, wish.at + wish.length).join('')
    const { person = null, duty, position } = wish
    return refused(label, wish) ? [] : [{ label, person, ...(duty && { duty }), ...(position && { position }) }]
  })
  putBackPicks(lane, chosen)
  offered.set(lane, letters.join(''))
  takeBack(nonce)
}
