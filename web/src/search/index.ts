import type { Feature } from '../app/feature'
import { go } from '../kit/go'
import { forgetSearch, within } from './searching'

const list = () => import('./SearchPage.vue')

export const search: Feature = {
  name: 'search',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  routes: [
    {
      path: '/search',
      components: { list, default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'search.tab' },
    },
    {
      // On a desktop what was found stays beside the place it leads to.
      path: '/search/chats/:id(\\d+)',
      components: { list, default: () => import('../chat/Conversation.vue') },
      meta: { pane: 'detail', title: 'search.tab' },
    },
  ],
  start() {
    forgetSearch()
    addEventListener('keydown', (event) => {
      if ((event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        openSearch()
      }
    })
  },
}

/** Opens the one box; within one conversation when it is given. */
export function openSearch(stream?: string): void {
  within(stream ?? '')
  go('/search')
}
