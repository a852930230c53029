import { shallowRef } from 'vue'
import type { Place } from '../kit/holding'
import type { Bubble } from './rows'
import { mayChoose, selection } from './selecting'

/** The message whose menu is open, and where it was asked for. One menu serves all messages. */
export const menu = shallowRef<{ bubble: Bubble; at: Place } | null>(null)

export function openMenu(bubble: Bubble, at: Place): void {
  // What can be done about one that is no message yet stands below it.
  if (mayChoose(bubble) && !selection.value) menu.value = { bubble, at }
}

/** Opens the menu of a message below the button that was pressed for it. */
export function openBelow(bubble: Bubble, button: HTMLElement): void {
  const { left, bottom } = button.getBoundingClientRect()
  openMenu(bubble, { x: left, y: bottom + 4 })
}

/** Who has marked words or points at an address wants the browser's own menu. */
export function wantsBrowsers(event: MouseEvent): boolean {
  const onLink = event.target instanceof Element && event.target.closest('a') !== null
  return onLink || getSelection()?.isCollapsed === false
}
