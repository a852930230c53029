/** How long a finger rests before it means more than a tap, and how far it may slip meanwhile. */
const LONG = 450
const SLIP = 10

/** A place on the screen. */
export interface Place {
  x: number
  y: number
}

/**
 * Calls `act` for a long press, a right click or the keyboard's menu key. The tap that ends a long press opens nothing.
 * `spared`: where the browser's own menu is wanted. Bind what it returns with `v-on`.
 */
export function holding(
  act: (at: Place) => void,
  spared: (event: MouseEvent) => boolean = () => false,
): Record<string, (event: never) => void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let start: Place = { x: 0, y: 0 }
  let held = false

  function stop(): void {
    clearTimeout(timer)
  }

  function hold(): void {
    held = true
    passOver()
    act(start)
  }

  return {
    pointerdown(event: PointerEvent) {
      held = false
      stop()
      if (event.pointerType === 'mouse' || !event.isPrimary) return
      start = { x: event.clientX, y: event.clientY }
      timer = setTimeout(hold, LONG)
    },
    pointermove(event: PointerEvent) {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > SLIP) stop()
    },
    pointerup: stop,
    pointercancel: stop,
    contextmenu(event: MouseEvent) {
      const touched = event instanceof PointerEvent && event.pointerType === 'touch'
      if (!touched && spared(event)) return
      event.preventDefault()
      stop()
      // A touch screen's own long press comes here as well: once is enough.
      if (held) return
      if (!touched) return act({ x: event.clientX, y: event.clientY })
      start = { x: event.clientX, y: event.clientY }
      hold()
    },
  }
}

/** Lifting the finger is no click, neither on what was pressed nor on what has opened above it since. */
function passOver(): void {
  const over = new AbortController()
  const once = { capture: true, signal: over.signal }
  window.addEventListener('pointerdown', () => over.abort(), once)
  window.addEventListener(
    'click',
    (event) => {
      event.preventDefault()
      event.stopPropagation()
      over.abort()
    },
    once,
  )
}
