import { UserRound } from '@lucide/vue'
import type { Feature } from '../app/feature'
import { heardQuietSet, startQuietHours } from './quiet_hours'

const list = () => import('./MyPage.vue')

export const me: Feature = {
  name: 'me',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  tab: { to: '/me', label: 'me.tab', icon: UserRound, order: 5 },
  routes: [
    {
      path: '/me',
      components: { list, default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'me.tab' },
    },
    {
      path: '/me/sessions',
      components: { list, default: () => import('./MySessions.vue') },
      meta: { pane: 'detail', title: 'me.sessions' },
    },
    {
      path: '/me/devices',
      components: { list, default: () => import('./SharedDevices.vue') },
      meta: { pane: 'detail', title: 'me.shared.title' },
    },
    {
      path: '/me/appearance',
      components: { list, default: () => import('./MyAppearance.vue') },
      meta: { pane: 'detail', title: 'me.appearance' },
    },
    {
      path: '/me/quiet',
      components: { list, default: () => import('./MyQuietHours.vue') },
      meta: { pane: 'detail', title: 'me.quiet.title' },
    },
  ],
  reducers: { 'quiet.set': heardQuietSet },
  start: startQuietHours,
}
