import { computed } from 'vue'
import { post } from '../core/engine'
import { waiting } from '../core/status'
import type { Waiting } from '../core/local'

type Doing = 'notices.read' | 'notices.confirm'

/** What this device has promised and the server has not answered yet, by notice. */
export const promised = computed(() => {
  const map = new Map<number, { read: boolean; confirm: boolean; failed: Waiting | null }>()
  for (const item of waiting.value) {
    if (item.operation !== 'notices.read' && item.operation !== 'notices.confirm') continue
    const notice = Number(item.body.notice)
    const known = map.get(notice) ?? { read: false, confirm: false, failed: null }
    if (item.state === 'failed') known.failed = item
    else if (item.operation === 'notices.read') known.read = true
    else known.confirm = true
    map.set(notice, known)
  }
  return map
})

/** Kept on the device first, so that it also counts without a network; pressed twice it is still one. */
export async function confirm(notice: number): Promise<void> {
  if (!promised.value.get(notice)?.confirm) await promise('notices.confirm', notice)
}

export async function sayRead(notice: number): Promise<void> {
  const known = promised.value.get(notice)
  if (!known?.read && !known?.confirm) await promise('notices.read', notice)
}

async function promise(operation: Doing, notice: number): Promise<void> {
  // One lane per notice: what was read first is said first.
  await post({ operation, body: { notice, device_at: Date.now() }, lane: `notices.${notice}` })
}

/** Which notices got which state between two looks at the outbox: what is gone without a refusal has been taken. */
export function settled(before: readonly Waiting[], now: readonly Waiting[]): { notice: number; doing: Doing }[] {
  const still = new Set(now.map((item) => item.nonce))
  return before.flatMap((item) => {
    const mine = item.operation === 'notices.read' || item.operation === 'notices.confirm'
    if (!mine || item.state === 'failed' || still.has(item.nonce)) return []
    return [{ notice: Number(item.body.notice), doing: item.operation as Doing }]
  })
}
