import { computed, ref, shallowRef, watch } from 'vue'
import { ask } from '../core/api'
import { saidTrouble } from '../kit'
import type { Found } from '../wire'
import { inOrder } from './finding'

const QUIET = 120
const MOST = 40

/**
 * Finding people and units while typing: old hits stay until new ones are here, and only the newest answer counts.
 * `hits` have them in the order of the directory, `people` and `units` for themselves (null: nothing was asked yet).
 */
export function useSearch(limit = MOST) {
  const typed = ref('')
  const found = shallowRef<{ text: string; hits: Found } | null>(null)
  const trouble = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  const text = computed(() => typed.value.trim())
  const hits = computed(() => (found.value ? inOrder(found.value.hits, found.value.text) : []))
  const people = computed(() => found.value?.hits.people.map((one) => one.person) ?? null)
  const units = computed(() => found.value?.hits.units ?? null)
  const settled = computed(() => found.value?.text === text.value)

  async function find(): Promise<void> {
    const wanted = text.value
    if (!wanted) return
    try {
      const answer = await ask('org.find', { text: wanted, limit })
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

  return { typed, text, hits, people, units, settled, trouble, find }
}
