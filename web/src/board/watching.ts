import { computed, onScopeDispose, reactive, ref, shallowRef, watch, type Ref } from 'vue'
import { ask } from '../core/api'
import { listen } from '../core/bus'
import { Refusal } from '../core/refusal'
import { saidTrouble } from '../kit'
import type { Board } from '../wire'
import { keepOrder, lines, sortRows, type Goal, type Line } from './tree'

/** Between two looks at the server: never more than one a second, and rarer the more units stand open. */
const BEAT = 1_000
const PER_OPEN = 150
/** Rows keep their places while somebody is about to press one. */
const HANDS_OFF = 3_000

/** A board that follows the numbers while it is on the screen, down to whichever units stand open. */
export function useBoard(notice: Ref<number>, goal: Ref<Goal>) {
  const top = shallowRef<Board | null>(null)
  const boards = shallowRef<ReadonlyMap<number, Board>>(new Map())
  const open = reactive(new Set<number>())
  const failed = reactive(new Set<number>())
  const trouble = ref('')
  const gone = ref(false)
  let touched = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let busy = false
  let again = false

  const shown = computed<Line[]>(() => (top.value ? lines(top.value, { boards: boards.value, open, failed }) : []))

  function inOrder(fresh: Board, before: Board | null | undefined): Board {
    const settled = !before || Date.now() - touched > HANDS_OFF
    return { ...fresh, rows: settled ? sortRows(fresh.rows, goal.value) : keepOrder(before.rows, fresh.rows) }
  }

  async function loadTop(): Promise<void> {
    const wanted = notice.value
    try {
      const fresh = await ask('notices.board', { notice: wanted })
      if (wanted !== notice.value) return
      top.value = inOrder(fresh, top.value)
      gone.value = false
      trouble.value = ''
    } catch (error) {
      if (wanted !== notice.value) return
      gone.value = error instanceof Refusal && error.code === 'not_found'
      trouble.value = saidTrouble(error)
    }
  }

  async function loadUnit(unit: number): Promise<void> {
    const wanted = notice.value
    try {
      const fresh = await ask('notices.board', { notice: wanted, unit })
      if (wanted !== notice.value) return
      failed.delete(unit)
      boards.value = new Map(boards.value).set(unit, inOrder(fresh, boards.value.get(unit)))
    } catch {
      failed.add(unit)
    }
  }

  function toggle(unit: number): void {
    if (open.delete(unit)) return
    open.add(unit)
    void loadUnit(unit)
  }

  async function renew(): Promise<void> {
    if (busy) {
      again = true
      return
    }
    busy = true
    await Promise.all([loadTop(), ...[...open].map(loadUnit)])
    busy = false
    if (again) moved()
    again = false
  }

  /** Numbers moved: look again soon, once for all that moved meanwhile. */
  function moved(): void {
    timer ??= setTimeout(
      () => {
        timer = undefined
        void renew()
      },
      Math.max(BEAT, open.size * PER_OPEN),
    )
  }

  function touch(): void {
    touched = Date.now()
  }

  watch(
    notice,
    () => {
      top.value = null
      boards.value = new Map()
      open.clear()
      failed.clear()
      void loadTop()
    },
    { immediate: true },
  )
  watch(goal, () => {
    if (top.value) top.value = { ...top.value, rows: sortRows(top.value.rows, goal.value) }
    boards.value = new Map([...boards.value].map(([unit, board]) => [unit, { ...board, rows: sortRows(board.rows, goal.value) }]))
  })
  const quiet = [
    listen('counts', (frame) => frame.stream === top.value?.receipts_stream && moved()),
    // A new connection does not know yet what this page watches.
    listen('level', () => void renew()),
  ]
  onScopeDispose(() => {
    quiet.forEach((stop) => stop())
    clearTimeout(timer)
  })

  return { top, shown, trouble, gone, toggle, touch, loadUnit, renew }
}
