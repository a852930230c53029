import { computed, reactive, ref, shallowRef, watch } from 'vue'
import { conversations } from '../chat/conversations'
import { ask } from '../core/api'
import { learn } from '../core/names'
import { passes } from '../core/refusal'
import { saidTrouble } from '../kit'
import type { Found, FoundKind, Hits, Search, SearchOrder } from '../wire'

export type View = 'all' | 'people' | 'chats' | FoundKind
export const SPANS = ['any', 'day', 'week', 'month', 'year'] as const
export type Span = (typeof SPANS)[number]
export interface Somebody {
  kind: 'person' | 'unit'
  id: number
  name: string
}

const QUIET = 200
const FEW: Record<FoundKind, number> = { message: 6, file: 3, notice: 3 }
const KINDS: FoundKind[] = ['message', 'file', 'notice']
const PAGE = 20
const DAYS: Record<Span, number> = { any: 0, day: 1, week: 7, month: 30, year: 365 }
export const LONGEST = 200

/** What is asked for. It outlives the page: who comes back from what was found finds everything as it was. */
export const typed = ref('')
export const view = ref<View>('all')
export const narrowed = reactive<{ stream: string; by: Somebody | null; span: Span; order: SearchOrder }>({
  stream: '',
  by: null,
  span: 'any',
  order: 'best',
})
export const text = computed(() => typed.value.trim())

/** What was found, and for which question. */
export const pages = reactive(new Map<FoundKind, Hits>())
export const found = shallowRef<Found | null>(null)
export const settled = ref('')
export const trouble = ref('')
/** The server cannot be asked: only what this device knows is found. */
export const offline = ref(false)
export const paging = ref(false)

const question = computed(() => JSON.stringify([text.value, view.value, narrowed]))
export const isSettled = computed(() => settled.value === question.value)

let timer: ReturnType<typeof setTimeout> | undefined
watch(question, () => {
  clearTimeout(timer)
  if (text.value) timer = setTimeout(() => void find(), QUIET)
  else forgetHits()
})

export async function find(): Promise<void> {
  const asked = question.value
  const kinds = view.value === 'all' ? KINDS : KINDS.filter((kind) => kind === view.value)
  const people = !narrowed.stream && (view.value === 'all' || view.value === 'people')
  try {
    const [org, ...answers] = await Promise.all([
      people ? ask('org.find', { text: text.value, limit: view.value === 'all' ? 4 : 40 }) : null,
      ...kinds.map((kind) => ask('search.find', { ...wanted(kind), limit: view.value === 'all' ? FEW[kind] : PAGE })),
    ])
    if (asked !== question.value) return
    found.value = org
    pages.clear()
    kinds.forEach((kind, at) => keep(kind, answers[at]!))
    trouble.value = ''
    offline.value = false
    settled.value = asked
  } catch (error) {
    if (asked !== question.value) return
    offline.value = passes(error)
    trouble.value = offline.value ? '' : saidTrouble(error)
    forgetHits(asked)
  }
}

/** The next page of one kind, behind those shown. */
export async function more(kind: FoundKind): Promise<void> {
  const before = pages.get(kind)
  if (!before?.next || paging.value) return
  const asked = question.value
  paging.value = true
  try {
    const page = await ask('search.find', { ...wanted(kind), limit: PAGE, after: before.next })
    if (asked === question.value) keep(kind, { ...page, hits: [...before.hits, ...page.hits] })
  } catch (error) {
    trouble.value = saidTrouble(error)
  } finally {
    paging.value = false
  }
}

/** Begins anew, in one conversation or (empty) everywhere. */
export function within(stream: string): void {
  if (stream !== narrowed.stream) Object.assign(narrowed, { stream, by: null, span: 'any', order: 'best' })
  view.value = stream ? 'message' : 'all'
}

export function forgetSearch(): void {
  typed.value = ''
  within('')
  forgetHits()
}

/** Conversations of this person by their title: this device knows them all. */
export const chats = computed(() => {
  const words = text.value.toLowerCase().split(/\s+/)
  if (!text.value || narrowed.stream) return []
  return [...conversations.values()]
    .filter(({ title, with_person }) => words.every((word) => `${title} ${with_person?.unit ?? ''}`.toLowerCase().includes(word)))
    .sort((one, other) => (other.moved ?? 0) - (one.moved ?? 0))
})

function wanted(kind: FoundKind): Search {
  const days = DAYS[narrowed.span]
  return {
    text: text.value,
    kind,
    order: narrowed.order,
    ...(narrowed.stream ? { stream: narrowed.stream } : {}),
    ...(narrowed.by ? { [narrowed.by.kind]: narrowed.by.id } : {}),
    ...(days ? { since: Date.now() - days * 86_400_000 } : {}),
  }
}

function keep(kind: FoundKind, page: Hits): void {
  learn(page.people)
  pages.set(kind, page)
}

function forgetHits(asked = ''): void {
  pages.clear()
  found.value = null
  settled.value = asked
  if (!asked) {
    trouble.value = ''
    offline.value = false
  }
}
