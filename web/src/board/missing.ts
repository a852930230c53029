import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { ask } from '../core/api'
import { listen } from '../core/bus'
import { saidTrouble } from '../kit'
import type { BoardPerson } from '../wire'
import { byUnit, type Goal } from './tree'

const PAGE = 200
const BEAT = 2_000

/** Who has not, page by page; the first pages follow the numbers while they are on the screen. */
export function useMissing(notice: Ref<number>, state: Ref<Goal>, stream: Ref<string | undefined>) {
  const people = shallowRef<BoardPerson[]>([])
  const total = ref(0)
  const next = ref<number | null>(null)
  const loaded = ref(false)
  const trouble = ref('')
  let busy = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  const rows = computed(() => byUnit(people.value))

  async function load(after: number): Promise<void> {
    const mine = ++turn
    busy = true
    try {
      const answer = await ask('notices.missing', { notice: notice.value, state: state.value, after, limit: PAGE })
      if (mine !== turn) return
      people.value = after ? [...people.value, ...answer.people] : answer.people
      total.value = answer.total
      next.value = answer.next ?? null
      loaded.value = true
      trouble.value = ''
    } catch (error) {
      if (mine === turn) trouble.value = saidTrouble(error)
    } finally {
      if (mine === turn) busy = false
    }
  }

  function more(): void {
    if (next.value !== null && !busy) void load(next.value)
  }

  watch(
    [notice, state],
    () => {
      people.value = []
      loaded.value = false
      next.value = null
      void load(0)
    },
    { immediate: true },
  )
  // Whoever has scrolled further down keeps the list as it was: it must not move away under the finger.
  const stop = listen('counts', (frame) => {
    if (frame.stream !== stream.value || people.value.length > PAGE) return
    timer ??= setTimeout(() => {
      timer = undefined
      void load(0)
    }, BEAT)
  })
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
  })

  return { rows, total, loaded, trouble, more, again: () => load(0) }
}
