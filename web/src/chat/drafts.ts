import { reactive } from 'vue'
import { local } from '../core/engine'

/** What was begun and not sent, by conversation; kept on the device. */
export const drafts = reactive(new Map<string, string>())

const KEPT = 'drafts'
let saving: ReturnType<typeof setTimeout> | undefined

let loading: Promise<void> | null = null

/** Once: read again, what was just sent would come back as a draft. */
export function loadDrafts(): Promise<void> {
  return (loading ??= recall())
}

async function recall(): Promise<void> {
  for (const [stream, text] of Object.entries((await local().value<Record<string, string>>(KEPT)) ?? {})) {
    if (!drafts.has(stream)) drafts.set(stream, text)
  }
}

export function keepDraft(stream: string, text: string): void {
  if (text.trim()) drafts.set(stream, text)
  else drafts.delete(stream)
  clearTimeout(saving)
  saving = setTimeout(() => void save().catch(() => undefined), 400)
}

/** Fails where nobody is signed in any more: then there is nobody's draft to keep. */
async function save(): Promise<void> {
  await local().setValue(KEPT, Object.fromEntries(drafts))
}
