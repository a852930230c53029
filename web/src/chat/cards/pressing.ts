import { ask } from '../../core/api'
import { Refusal } from '../../core/refusal'
import type { CardButton } from '../../wire'
import { tried } from '../changing'
import type { Bubble } from '../rows'

const KINDS = ['plain', 'good', 'attention', 'urgent'] as const

/** What a card means; one that this version does not know is shown as any other. */
export function kindOf(kind: string | undefined): (typeof KINDS)[number] {
  return KINDS.find((known) => known === kind) ?? 'plain'
}

export function styleOf(style: string | undefined): 'main' | 'danger' | 'plain' {
  return style === 'primary' ? 'main' : style === 'danger' ? 'danger' : 'plain'
}

/** Whether the button is for this person; the server decides by the same rule. Whom a later version means, nobody knows here. */
export function mayPress(button: CardButton, author: number, me: number): boolean {
  switch (button.by ?? 'everyone') {
    case 'everyone':
      return true
    case 'author':
      return author === me
    case 'named':
      return button.people?.includes(me) ?? false
    default:
      return false
  }
}

/** Who has to decide, where it is not this person. Null: nobody in particular is waited for. */
export function waitsFor(there: CardButton[], offered: CardButton[], author: number): number[] | null {
  const others = there.filter((button) => button.once !== false && !offered.includes(button))
  if (others.length === 0 || offered.some((button) => button.once !== false)) return null
  const people = others.flatMap((button) => (button.by === 'author' ? [author] : (button.people ?? [])))
  return people.length ? [...new Set(people)] : null
}

/** Presses it. Somebody else was first: what has become of the card is heard anyway. */
export function press(bubble: Bubble, button: CardButton): Promise<boolean> {
  return tried(async () => {
    try {
      await ask('chat.act', { stream: bubble.stream, seq: bubble.seq, button: button.id })
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'card_settled' && bubble.cardState?.settled)) throw error
    }
  })
}
