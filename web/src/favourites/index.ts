import type { Feature } from '../app/feature'
import { heardFavoured, loadFavoured } from './kept'

const list = () => import('./FavouritesPage.vue')

export const favourites: Feature = {
  name: 'favourites',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  routes: [
    {
      path: '/me/favourites',
      components: { list, default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'favourites.title' },
    },
    {
      // On a desktop the list stays beside the place one of them leads to.
      path: '/me/favourites/chats/:id(\\d+)',
      components: { list, default: () => import('../chat/Conversation.vue') },
      meta: { pane: 'detail', title: 'favourites.title' },
    },
  ],
  reducers: { 'chat.favoured': heardFavoured },
  start: () => void loadFavoured().catch(() => undefined),
}
