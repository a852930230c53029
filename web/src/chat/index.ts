import { MessageCircle } from '@lucide/vue'
import type { Feature } from '../app/feature'

export const chat: Feature = {
  name: 'chat',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  tab: { to: '/chats', label: 'chat.tab', icon: MessageCircle, order: 1 },
  routes: [
    {
      path: '/chats',
      components: { list: () => import('./First.vue'), default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'chat.tab' },
    },
  ],
}
