/** Up and down go from row to row, as in every list on a desktop; Tab still leaves the list. */
export function moveFocus(event: KeyboardEvent, rows: string): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const list = event.currentTarget
  if (!step || !(list instanceof HTMLElement) || event.target instanceof HTMLTextAreaElement) return
  const all = [...list.querySelectorAll<HTMLElement>(rows)]
  const at = all.indexOf(document.activeElement as HTMLElement)
  const next = all[at < 0 ? 0 : at + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}
