import { nextTick, ref, type Ref } from 'vue'
import type { Pick } from './mentioning'

/** An @ that is being written: what may be the beginning of a name after it, and the name put in its place. */
export function useCalling(text: Ref<string>, box: Ref<HTMLTextAreaElement | undefined>, may: () => boolean) {
  /** What has been typed after the last @ before the caret; null where that is no name. */
  const called = ref<string | null>(null)
  /** Up to where it was typed. */
  let till = 0

  function look(): void {
    till = box.value?.selectionStart ?? 0
    const before = text.value.slice(0, till)
    called.value = may() ? (/(?:^|[^A-Za-z0-9])[@＠]([^\s@＠]{0,20})$/.exec(before)?.[1] ?? null) : null
  }

  function put({ label }: Pick): void {
    if (called.value === null) return
    const from = till - called.value.length - 1
    text.value = `${text.value.slice(0, from)}${label} ${text.value.slice(till)}`
    called.value = null
    const after = from + label.length + 1
    void nextTick(() => {
      box.value?.focus()
      box.value?.setSelectionRange(after, after)
      look()
    })
  }

  return { called, look, put }
}
