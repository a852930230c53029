import { shallowRef } from 'vue'
import type { Bubble } from './rows'
import { selection } from './selecting'

export interface Place {
  x: number
  y: number
}

/** The message whose menu is open, and where it was asked for. One menu serves all messages. */
export const menu = shallowRef<{ bubble: Bubble; at: Place } | null>(null)

/** As long as a finger rests on a message until it is meant. */
const LONG_PRESS = 450
/** As far as a finger trembles; more is scrolling. */
const TREMBLE = 10

export function openMenu(bubble: Bubble, at: Place): void {
  // Without a place in the conversation it is no message yet: what can be done about it stands below it.
  if (bubble.state === 'sent' && bubble.seq > 0 && !selection.value) menu.value = { bubble, at }
}

/** Opens the menu of a message below the button that was pressed for it. */
export function openBelow(bubble: Bubble, button: HTMLElement): void {
  const { left, bottom } = button.getBoundingClientRect()
  openMenu(bubble, { x: left, y: bottom + 4 })
}

/** Right click, the menu key, and the long press where the system announces it as one. */
export function asked(event: MouseEvent, bubble: Bubble): void {
  const mouse = !(event instanceof PointerEvent) || event.pointerType !== 'touch'
  const onLink = event.target instanceof Element && event.target.closest('a') !== null
  // Who has marked words or points at an address wants the browser's own menu.
  if (mouse && (onLink || getSelection()?.isCollapsed === false)) return
  event.preventDefault()
  openMenu(bubble, { x: event.clientX, y: event.clientY })
}

let pressing: ReturnType<typeof setTimeout> | undefined
let pressedAt: Place = { x: 0, y: 0 }

/** Long press by our own clock: not every system tells of it. */
export function pressed(event: PointerEvent, bubble: Bubble): void {
  released()
  if (event.pointerType !== 'touch' || !event.isPrimary) return
  const at = (pressedAt = { x: event.clientX, y: event.clientY })
  pressing = setTimeout(() => openMenu(bubble, at), LONG_PRESS)
}

export function moved(event: PointerEvent): void {
  if (Math.hypot(event.clientX - pressedAt.x, event.clientY - pressedAt.y) > TREMBLE) released()
}

export function released(): void {
  clearTimeout(pressing)
}
