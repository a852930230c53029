import { reactive } from 'vue'

export interface Toast {
  id: number
  text: string
  tone: 'plain' | 'done' | 'wrong'
}

/** What was just done, said once. A failure stays longer, because it must be read. */
export const toasts = reactive<Toast[]>([])
let next = 1

export function toast(text: string, tone: Toast['tone'] = 'plain'): void {
  const id = next++
  toasts.push({ id, text, tone })
  setTimeout(() => dismiss(id), tone === 'wrong' ? 6_000 : 2_500)
}

export function dismiss(id: number): void {
  const at = toasts.findIndex((one) => one.id === id)
  if (at >= 0) toasts.splice(at, 1)
}
