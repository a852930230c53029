import { computed, reactive, ref, watch } from 'vue'
import { ask } from '../core/api'
import { listen } from '../core/bus'
import { local } from '../core/engine'
import { session } from '../core/session'
import { status, waiting } from '../core/status'
import { say } from '../kit/i18n'
import { toast } from '../kit/toast'
import { saidTrouble } from '../kit/trouble'
import type { ChasedBody, Entry, NoticeBrief, RecipientState } from '../wire'
import { followPublishing } from './compose/publishing'
import { promised, settled } from './confirming'
import type { Reach } from './counting'
import { inOrderOfDuty, isDone, isUnread, published, put, reached, renew } from './folding'

export type Folder = 'owed' | 'received' | 'sent'

interface Shelf {
  list: NoticeBrief[]
  more: boolean
  busy: boolean
  loaded: boolean
  trouble: string
}

const KEPT = 'notices.lane'
const PAGE = 50
const shelf = (): Shelf => ({ list: [], more: false, busy: false, loaded: false, trouble: '' })

/** The three folders as this device knows them: kept for the time without a network, renewed whenever there is one. */
export const lane = reactive<Record<Folder, Shelf>>({ owed: shelf(), received: shelf(), sent: shelf() })
export const folder = ref<Folder>('owed')
/** Asked again after they came: shown as new until done. */
export const chased = reactive(new Set<number>())

/** What I still have to do. Promises that wait for the network are kept by me, so they no longer count. */
export const owed = computed(() =>
  inOrderOfDuty(lane.owed.list.filter((one) => !isDone(one) && !promised.value.get(one.notice)?.confirm)),
)
/** Still to be sent: done by me, not yet known to headquarters. */
export const onTheWay = computed(() => lane.owed.list.filter((one) => promised.value.get(one.notice)?.confirm))
export const alarms = computed(() => owed.value.filter((one) => one.urgency === 'urgent' && isUnread(one)))

export function start(): void {
  void recall()
  void followPublishing((outcome) => {
    if (outcome.state === 'done') {
      toast(say('notices.compose.published'), 'done')
      void refresh('sent')
    } else if (outcome.state === 'refused') toast(outcome.message || say('notices.compose.refused'), 'wrong')
  })
  listen('level', () => void refresh('owed'))
  watch(waiting, (now, before) => {
    for (const { notice, doing } of settled(before, now)) moved(notice, doing === 'notices.confirm' ? 'confirmed' : 'read')
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && status.level) void refresh('owed')
  })
}

/** Renews one folder from the server; what is shown stays until the answer is there. */
export async function refresh(which: Folder): Promise<void> {
  const shown = lane[which]
  if (shown.busy) return
  shown.busy = true
  try {
    const { notices, more } = await ask('notices.list', { folder: which, limit: which === 'owed' ? 200 : PAGE })
    Object.assign(shown, { list: renew(shown.list, notices), more, loaded: true, trouble: '' })
    void keep()
  } catch (error) {
    shown.trouble = saidTrouble(error)
  } finally {
    shown.busy = false
  }
}

/** The next page of a folder, older than the last one shown. */
export async function loadMore(which: Folder): Promise<void> {
  const shown = lane[which]
  const last = shown.list.at(-1)
  if (!shown.more || shown.busy || !last || which === 'owed') return
  shown.busy = true
  try {
    const { notices, more } = await ask('notices.list', { folder: which, before: last.notice, limit: PAGE })
    shown.list = notices.reduce((list, one) => (list.some((old) => old.notice === one.notice) ? list : [...list, one]), shown.list)
    shown.more = more
  } catch (error) {
    shown.trouble = saidTrouble(error)
  } finally {
    shown.busy = false
  }
}

/** A board knows newer numbers than the list it was opened from. */
export function counted(notice: number, { recipients, delivered, read, confirmed }: Reach): void {
  lane.sent.list = lane.sent.list.map((one) =>
    one.notice === notice ? { ...one, counts: { recipients, delivered, read, confirmed } } : one,
  )
}

/** My state of a notice went on, here or as the server tells. */
export function moved(notice: number, state: RecipientState): void {
  for (const which of ['owed', 'received'] as const) lane[which].list = reached(lane[which].list, notice, state)
  const known = lane.owed.list.find((one) => one.notice === notice)
  if (known && isDone(known)) {
    chased.delete(notice)
    lane.owed.list = lane.owed.list.filter((one) => one.notice !== notice)
  }
  void keep()
}

export function onPublished(entry: Entry): void {
  // While catching up, old notices pass that may long be done; the list that follows knows which.
  if (status.level) {
    lane.owed.list = put(lane.owed.list, published(entry))
    if (lane.received.loaded) lane.received.list = put(lane.received.list, published(entry))
  }
  refreshSoon()
}

export function onChased(entry: Entry): void {
  const { notice, units } = entry.body as unknown as ChasedBody
  void concernsMe(units).then((mine) => {
    if (mine) chased.add(notice)
    void keep()
  })
  refreshSoon()
}

let soon: ReturnType<typeof setTimeout> | undefined

/** Entries come in bursts; one answer covers them all. */
function refreshSoon(): void {
  clearTimeout(soon)
  soon = setTimeout(() => {
    void refresh('owed')
    if (lane.received.loaded) void refresh('received')
  }, 600)
}

let above: Promise<Set<number>> | null = null

/** Whether one of these units is mine or above mine. Asked again in doubt is better than never asked. */
async function concernsMe(units: number[]): Promise<boolean> {
  if (!units.length) return true
  try {
    const mine = await (above ??= unitsAboveMe())
    return units.some((unit) => mine.has(unit))
  } catch {
    above = null
    return true
  }
}

async function unitsAboveMe(): Promise<Set<number>> {
  const mine = session.me?.person.positions.map((held) => held.unit) ?? []
  const pages = await Promise.all(mine.map((unit) => ask('org.unit', { unit })))
  return new Set(pages.flatMap((page) => [page.unit.id, ...page.line.map((unit) => unit.id)]))
}

interface Kept {
  owed: NoticeBrief[]
  received: NoticeBrief[]
  chased: number[]
}

async function recall(): Promise<void> {
  const kept = await local().value<Kept>(KEPT)
  if (!kept) return
  if (!lane.owed.loaded) Object.assign(lane.owed, { list: kept.owed, loaded: true })
  if (!lane.received.loaded) lane.received.list = kept.received
  for (const notice of kept.chased) chased.add(notice)
}

async function keep(): Promise<void> {
  const plain = { owed: lane.owed.list, received: lane.received.list.slice(0, PAGE), chased: [...chased] }
  await local().setValue(KEPT, JSON.parse(JSON.stringify(plain)) as Kept)
}
