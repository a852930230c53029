import type { Feature } from '../app/feature'

/** What people write, as it is shown: with what can be pressed in it, and with its headings and lists. */
export const text: Feature = {
  name: 'text',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  routes: [],
}
