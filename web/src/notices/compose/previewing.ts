import { ref, shallowRef, watch, type Ref } from 'vue'
import { ask } from '../../core/api'
import { saidTrouble } from '../../kit'
import type { AudiencePreview } from '../../wire'
import { asked, isNobody, type DraftAudience } from './audience'

const QUIET = 300

/** Who that would be, counted by the server a moment after the last change; only the newest answer is shown. */
export function usePreview(audience: Ref<DraftAudience>) {
  const preview = shallowRef<AudiencePreview | null>(null)
  const busy = ref(false)
  const trouble = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  async function count(): Promise<void> {
    const mine = ++turn
    try {
      const answer = await ask('org.preview_audience', { audience: asked(audience.value) })
      if (mine !== turn) return
      preview.value = answer
      trouble.value = ''
    } catch (error) {
      if (mine !== turn) return
      preview.value = null
      trouble.value = saidTrouble(error)
    } finally {
      if (mine === turn) busy.value = false
    }
  }

  function later(): void {
    clearTimeout(timer)
    turn++
    trouble.value = ''
    busy.value = !isNobody(audience.value)
    if (busy.value) timer = setTimeout(() => void count(), QUIET)
    else preview.value = null
  }

  watch(() => JSON.stringify(asked(audience.value)), later, { immediate: true })
  return { preview, busy, trouble, again: later }
}
