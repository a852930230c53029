import { BellRing } from '@lucide/vue'
import type { Feature } from '../app/feature'
import Alarm from './Alarm.vue'
import { alarms, onChased, onPublished, owed, start } from './lane'
import OwedCard from './OwedCard.vue'

const list = () => import('./NoticeList.vue')

export const notices: Feature = {
  name: 'notices',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  tab: {
    to: '/notices',
    label: 'notices.tab',
    icon: BellRing,
    order: 2,
    count: () => owed.value.length,
    urgent: () => alarms.value.length > 0 || owed.value.some((one) => one.urgency === 'urgent'),
  },
  routes: [
    {
      path: '/notices',
      components: { list, default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'notices.tab' },
    },
    {
      path: '/notices/new',
      components: { default: () => import('./compose/Compose.vue') },
      meta: { pane: 'detail', title: 'notices.write' },
    },
    {
      path: '/notices/:id(\\d+)',
      components: { list, default: () => import('./NoticePage.vue') },
      meta: { pane: 'detail', title: 'notices.one' },
    },
  ],
  reducers: { 'notice.published': onPublished, 'notice.chased': onChased },
  start,
  aboveChats: OwedCard,
  overlay: Alarm,
}
