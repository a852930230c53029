import { BellRing } from '@lucide/vue'
import type { Feature } from '../app/feature'

export const notices: Feature = {
  name: 'notices',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  tab: { to: '/notices', label: 'notices.tab', icon: BellRing, order: 2 },
  routes: [
    {
      path: '/notices',
      components: { list: () => import('./First.vue'), default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'notices.tab' },
    },
  ],
}
