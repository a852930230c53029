import { ContactRound } from '@lucide/vue'
import { watch } from 'vue'
import type { Feature } from '../app/feature'
import { i18n } from '../kit/i18n'
import { forgetUnits } from './units'

const list = () => import('./Directory.vue')

export const people: Feature = {
  name: 'people',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  tab: { to: '/people', label: 'people.tab', icon: ContactRound, order: 4 },
  routes: [
    {
      path: '/people',
      components: { list, default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'people.tab' },
    },
    {
      path: '/people/unit/:unit(\\d+)',
      components: { list, default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'people.tab' },
    },
    {
      path: '/people/duties',
      components: { list, default: () => import('./DutiesPage.vue') },
      meta: { pane: 'detail', title: 'people.duty.list' },
    },
    {
      path: '/people/person/:person(\\d+)',
      components: { list, default: () => import('./PersonPage.vue') },
      meta: { pane: 'detail', title: 'people.person' },
    },
  ],
  reducers: { 'org.changed': forgetUnits },
  // Titles are told in the reader's language.
  start: () => void watch(i18n.global.locale, forgetUnits),
}
