import { UserRound } from '@lucide/vue'
import type { Feature } from '../app/feature'

export const me: Feature = {
  name: 'me',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  tab: { to: '/me', label: 'me.tab', icon: UserRound, order: 5 },
  routes: [
    {
      path: '/me',
      components: { list: () => import('./First.vue'), default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'me.tab' },
    },
  ],
}
