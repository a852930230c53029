import { reactive, watchEffect } from 'vue'

export type Look = 'light' | 'dark' | 'system'
export type TypeSize = 'normal' | 'large' | 'largest'

/** How this device likes its pages; kept on the device, because eyes and rooms differ from device to device. */
export const appearance = reactive({
  look: (localStorage.getItem('dianmai.look') ?? 'system') as Look,
  size: (localStorage.getItem('dianmai.size') ?? 'normal') as TypeSize,
})

const darkRoom = matchMedia('(prefers-color-scheme: dark)')

export function applyAppearance(): void {
  watchEffect(paint)
  darkRoom.addEventListener('change', paint)
}

function paint(): void {
  const root = document.documentElement
  const dark = appearance.look === 'dark' || (appearance.look === 'system' && darkRoom.matches)
  root.dataset.look = dark ? 'dark' : 'light'
  root.dataset.size = appearance.size
  root.dataset.device = localStorage.getItem('dianmai.device') ?? ''
  localStorage.setItem('dianmai.look', appearance.look)
  localStorage.setItem('dianmai.size', appearance.size)
  const paper = getComputedStyle(root).getPropertyValue('--paper').trim()
  if (paper) document.querySelectorAll('meta[name="theme-color"]').forEach((meta) => meta.setAttribute('content', paper))
}
