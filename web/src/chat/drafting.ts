import { onUnmounted, watch, type Ref } from 'vue'
import { arrived, composing, leaveDraft } from './drafts'

/**
 * Brings into the box what was written on another device, and takes there what was written here once the box is closed.
 * While an earlier message is edited the box is not the draft's.
 */
export function useDraft(stream: string, text: Ref<string>, box: Ref<HTMLTextAreaElement | undefined>, editing: () => boolean, grown: () => void): void {
  arrived.delete(stream)
  watch(
    () => arrived.get(stream),
    (words) => {
      if (words === undefined) return
      arrived.delete(stream)
      if (!editing() && text.value !== words) {
        text.value = words
        grown()
      }
    },
  )
  // A Chinese word that is being composed is not yet in the text.
  const hand = (): void => composing(stream)
  watch(box, (now, before) => {
    before?.removeEventListener('compositionstart', hand)
    now?.addEventListener('compositionstart', hand)
  })
  onUnmounted(() => {
    box.value?.removeEventListener('compositionstart', hand)
    leaveDraft(stream)
  })
}
