import { ContactRound } from '@lucide/vue'
import type { Feature } from '../app/feature'

export const people: Feature = {
  name: 'people',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  tab: { to: '/people', label: 'people.tab', icon: ContactRound, order: 4 },
  routes: [
    {
      path: '/people',
      components: { list: () => import('./First.vue'), default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'people.tab' },
    },
  ],
}
