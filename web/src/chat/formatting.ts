import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import { usesMarks } from '../text/blocks'

/** Fewer lines than these are as easily read as they were typed. */
const FROM_LINES = 3

/** Whether a text is long enough, and written so, that it is better read with its headings and lists. */
export function worthFormatting(text: string): boolean {
  return text.trim().split('\n').length >= FROM_LINES && usesMarks(text)
}

/** Whether what is being written goes with its format: offered where it is worth it, taken unless it is declined. */
export function useFormat(text: Ref<string>): { offered: ComputedRef<boolean>; taken: Ref<boolean> } {
  const offered = computed(() => worthFormatting(text.value))
  const declined = ref(false)
  const taken = computed({ get: () => offered.value && !declined.value, set: (on) => (declined.value = !on) })
  watch(text, (now) => {
    if (!now) declined.value = false
  })
  return { offered, taken }
}
