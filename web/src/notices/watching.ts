import { onScopeDispose, watch, type Ref } from 'vue'
import { isRead, look, startReading, type Reading, type Sight } from './reading'

const BEAT = 250

/**
 * Watches whether a body is really being looked at and says so once. Fetching is not reading: the body has to be on a
 * screen that is in front for its reading time, with its end in view.
 */
export function watchReading(
  body: Ref<HTMLElement | null>,
  end: Ref<HTMLElement | null>,
  text: Ref<string | null>,
  read: () => void,
): void {
  let stop = (): void => undefined

  watch(
    [body, end, text],
    () => {
      stop()
      if (body.value && end.value && text.value !== null) stop = watchOne(body.value, end.value, text.value, read)
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => stop())
}

function watchOne(body: HTMLElement, end: HTMLElement, text: string, read: () => void): () => void {
  const sight: Sight = { body: false, end: false, page: document.visibilityState === 'visible' }
  let reading: Reading = startReading(text)

  const step = (): void => {
    reading = look(reading, sight, performance.now())
    if (!isRead(reading)) return
    stop()
    read()
  }
  const observer = new IntersectionObserver((seen) => {
    for (const one of seen) {
      if (one.target === body) sight.body = one.isIntersecting
      else sight.end = one.isIntersecting
    }
    step()
  })
  const looked = (): void => {
    sight.page = document.visibilityState === 'visible'
    step()
  }
  const timer = setInterval(step, BEAT)
  const stop = (): void => {
    clearInterval(timer)
    observer.disconnect()
    document.removeEventListener('visibilitychange', looked)
  }
  observer.observe(body)
  observer.observe(end)
  document.addEventListener('visibilitychange', looked)
  return stop
}
