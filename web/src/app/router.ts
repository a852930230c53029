import { watchEffect } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { restore, session } from '../core/session'
import { goWith } from '../kit/go'
import { say } from '../kit/i18n'
import { features } from './features'

const doors: RouteRecordRaw[] = [
  { path: '/', redirect: '/chats' },
  { path: '/sign-in', component: () => import('./SignIn.vue'), meta: { pane: 'door', title: 'app.sign_in' } },
  { path: '/activate', component: () => import('./Activate.vue'), meta: { pane: 'door', title: 'app.activate' } },
  { path: '/:lost(.*)*', component: () => import('./NotFound.vue'), meta: { pane: 'whole', title: 'app.not_found' } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes: [...features.flatMap((feature) => feature.routes), ...doors],
})

goWith(router)

router.beforeEach(async (to) => {
  await restore()
  if (session.state === 'out' && to.meta.pane !== 'door') {
    return { path: '/sign-in', query: to.fullPath === '/chats' ? {} : { next: to.fullPath } }
  }
  if (session.state === 'in' && to.path === '/sign-in') return '/chats'
  return true
})

function nameThePage(): void {
  const title = router.currentRoute.value.meta.title
  const count = features.reduce((sum, feature) => sum + (feature.tab?.count?.() ?? 0), 0)
  const page = title ? say(title) : ''
  if (!page) document.title = say('app.name')
  else document.title = count > 0 ? say('app.page_title_waiting', { page, count }) : say('app.page_title', { page })
}

// What waits is seen on the browser's tab as well, by who looks elsewhere.
watchEffect(nameThePage)
