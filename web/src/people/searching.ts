import { computed, ref, shallowRef, watch } from 'vue'
import { ask } from '../core/api'
import { saidTrouble } from '../kit'
import type { Found } from '../wire'
import { inOrder } from './finding'

const QUIET = 120
const MOST = 40

/** Finding while typing: old hits stay until new ones are here, and only the newest answer counts. */
export function useSearch() {
  const typed = ref('')
  const found = shallowRef<{ text: string; hits: Found } | null>(null)
  const trouble = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  const text = computed(() => typed.value.trim())
  const hits = computed(() => (found.value ? inOrder(found.value.hits, found.value.text) : []))
  const settled = computed(() => found.value?.text === text.value)

  async function find(): Promise<void> {
    const wanted = text.value
    if (!wanted) return
    try {
      const answer = await ask('org.find', { text: wanted, limit: MOST })
      if (wanted !== text.value) return
      found.value = { text: wanted, hits: answer }
      trouble.value = ''
    } catch (error) {
      if (wanted === text.value) trouble.value = saidTrouble(error)
    }
  }

  watch(text, (now) => {
    clearTimeout(timer)
    trouble.value = ''
    if (now) timer = setTimeout(() => void find(), QUIET)
    else found.value = null
  })

  return { typed, text, hits, settled, trouble, find }
}
