import { ChartPie } from '@lucide/vue'
import type { Feature } from '../app/feature'
import { may } from '../core/session'

const list = () => import('./BoardList.vue')

export const board: Feature = {
  name: 'board',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  tab: {
    to: '/board',
    label: 'board.tab',
    icon: ChartPie,
    order: 6,
    shown: () => may('see_board') || may('publish'),
    desktopOnly: true,
  },
  routes: [
    {
      path: '/board',
      components: { list, default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'board.title' },
    },
    {
      path: '/board/:id(\\d+)',
      components: { list, default: () => import('./BoardPage.vue') },
      meta: { pane: 'detail', title: 'board.title' },
    },
  ],
}
