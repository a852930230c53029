import type { Feature } from '../app/feature'
import { listen } from '../core/bus'
import { loadKept, loadPolicies } from './policies'

export { policies } from './policies'

const list = () => import('../me/MyPage.vue')

export const policyPages: Feature = {
  name: 'policies',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  routes: [
    {
      path: '/me/policies',
      components: { list, default: () => import('./PolicyPage.vue') },
      meta: { pane: 'detail', title: 'policies.title' },
    },
  ],
  start() {
    void loadKept()
    listen('level', () => void loadPolicies().catch(() => undefined))
  },
}
