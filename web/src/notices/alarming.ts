import { createApp } from 'vue'
import { i18n } from '../kit/i18n'
import Alarm from './Alarm.vue'

/**
 * Puts the alarm above everything, outside the shell: no screen, no list and no open sheet of a feature can be in
 * front of it or forget it. The rest of the page becomes that much shorter (see Alarm.vue).
 */
export async function mountAlarm(): Promise<void> {
  // Asked for late: the router knows all features, this one too.
  const { router } = await import('../app/router')
  const place = document.createElement('div')
  document.body.prepend(place)
  createApp(Alarm).use(i18n).use(router).mount(place)
}
