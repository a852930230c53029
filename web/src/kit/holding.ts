/** How long a finger rests before it means more than a tap, and how far it may slip meanwhile. */
const LONG = 500
const SLIP = 10

/**
 * Calls `act` for a long press, a right click or the keyboard's menu key. The tap that ends a long press opens nothing.
 * Bind what it returns with `v-on`.
 */
export function holding(act: () => void): Record<string, (event: never) => void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let start = { x: 0, y: 0 }
  let held = false

  function stop(): void {
    clearTimeout(timer)
  }

  function hold(): void {
    held = true
    passOver()
    act()
  }

  return {
    pointerdown(event: PointerEvent) {
      held = false
      stop()
      if (event.pointerType === 'mouse') return
      start = { x: event.clientX, y: event.clientY }
      timer = setTimeout(hold, LONG)
    },
    pointermove(event: PointerEvent) {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > SLIP) stop()
    },
    pointerup: stop,
    pointercancel: stop,
    contextmenu(event: MouseEvent) {
      event.preventDefault()
      stop()
      // A touch screen's own long press comes here as well: once is enough.
      if (held) return
      if (event instanceof PointerEvent && event.pointerType === 'touch') hold()
      else act()
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
