import { ref, watch } from 'vue'
import { conversations } from '../chat/conversations'
import { listen } from '../core/bus'
import { mayRing, type Calling } from '../core/quiet'
import { session } from '../core/session'
import { status } from '../core/status'
import { chime } from '../kit/chime'
import { quiet } from '../me/quiet_hours'
import { owed } from '../notices/lane'
import type { ChasedBody, Entry, MessageBody, NoticeBody } from '../wire'

const KEPT = 'dianmai.silent'
/** What comes in a row is one sound. */
const REST = 4_000

/** Whether this device makes sounds at all: it belongs to the device, as the volume does. */
export const sound = ref(localStorage.getItem(KEPT) === null)
let last = 0

export function startRinging(): void {
  watch(sound, (on) => (on ? localStorage.removeItem(KEPT) : localStorage.setItem(KEPT, '1')))
  listen('stored', (entries) => {
    // While catching up old things pass; what waits is counted by the badges.
    if (!status.level || !sound.value || inSight()) return
    const calling = entries.map(callingOf)
    if (!calling.some((one) => one && mayRing(one, quiet.value))) return
    if (Date.now() - last < REST) return
    last = Date.now()
    chime(calling.some((one) => one?.what === 'notice'))
  })
}

/** Whoever looks at the page sees it coming. */
function inSight(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus()
}

function callingOf(entry: Entry): Calling | null {
  const me = session.me?.person.id
  if (entry.actor === me) return null
  if (entry.kind === 'notice.published') {
    const { must_confirm, urgency } = entry.body as unknown as NoticeBody
    return { what: 'notice', must: must_confirm || urgency === 'urgent' }
  }
  if (entry.kind === 'notice.chased') {
    const { notice } = entry.body as unknown as ChasedBody
    return owed.value.some((one) => one.notice === notice) ? { what: 'notice', must: true } : null
  }
  if (entry.kind !== 'chat.message') return null
  const { mentions = [] } = entry.body as unknown as MessageBody
  const mentioned = mentions.some(({ of, people = [] }) => of === 'everyone' || people.some(({ id }) => id === me))
  return { what: 'message', mentioned, muted: conversations.get(entry.stream)?.muted ?? false }
}
