import type { Entry, FavouredBody, Favourite } from '../wire'
import { after, asEntry } from '../chat/later'

/** The list after something became of a message in it: its row says so, all others stay as they are. */
export function become(list: readonly Favourite[], entry: Entry, me: number): Favourite[] {
  return list.map((one) => {
    const { message } = one
    if (message.stream !== entry.stream || message.seq !== entry.target) return one
    const { body, changed, preview = null } = after(asEntry(message), entry, me)
    return { ...one, message: { ...message, body, changed, preview } }
  })
}

/** The list without those that are no longer kept. */
export function without(list: readonly Favourite[], { stream, seqs }: FavouredBody): Favourite[] {
  return list.filter(({ message }) => message.stream !== stream || !seqs.includes(message.seq))
}

/** A new first page before what is shown already: the rows that follow stay. */
export function above(page: readonly Favourite[], list: readonly Favourite[]): Favourite[] {
  const last = page.at(-1)?.id ?? Infinity
  return [...page, ...list.filter(({ id }) => id < last)]
}
