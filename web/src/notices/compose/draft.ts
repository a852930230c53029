import { reactive, watch } from 'vue'
import { local } from '../../core/engine'
import type { FileRef, Publish } from '../../wire'
import { asked, nobody, type DraftAudience } from './audience'

export interface Draft {
  title: string
  text: string
  audience: DraftAudience
  mustConfirm: boolean
  urgent: boolean
  deadline: number | null
  files: FileRef[]
  /** Set from the press on until the server has answered: the write that waits in the outbox. */
  publishing: string | null
}

const KEPT = 'notices.draft'
const SAVE_AFTER = 400

function blank(): Draft {
  return { title: '', text: '', audience: nobody(), mustConfirm: true, urgent: false, deadline: null, files: [], publishing: null }
}

/** What is being written, kept on the device: a phone call in between costs nothing. */
export const draft = reactive<Draft>(blank())
let recalled = false
let timer: ReturnType<typeof setTimeout> | undefined

export async function recallDraft(): Promise<void> {
  if (recalled) return
  recalled = true
  Object.assign(draft, (await local().value<Draft>(KEPT)) ?? blank())
  watch(draft, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void saveDraft(), SAVE_AFTER)
  })
}

export async function saveDraft(): Promise<void> {
  clearTimeout(timer)
  await local().setValue(KEPT, JSON.parse(JSON.stringify(draft)) as Draft)
}

export function clearDraft(): void {
  Object.assign(draft, blank())
}

export function isEmpty(one: Draft): boolean {
  return !one.title && !one.text && !one.files.length && !one.audience.parts.length && !one.audience.people.length
}

/** What is asked of the server; nothing of it may differ between two tries. */
export function toPublish(one: Draft): Publish {
  return {
    title: one.title.trim(),
    text: one.text.trim(),
    audience: asked(one.audience),
    must_confirm: one.mustConfirm,
    urgency: one.urgent ? 'urgent' : 'normal',
    deadline: one.deadline,
    files: one.files.map((file) => file.id),
  }
}
