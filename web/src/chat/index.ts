import { MessageCircle } from '@lucide/vue'
import type { Feature } from '../app/feature'
import { paths } from '../app/paths'
import { ask } from '../core/api'
import { listen } from '../core/bus'
import { go } from '../kit/go'
import { foldWith } from '../core/folding'
import { quiet } from '../me/quiet_hours'
import { session } from '../core/session'
import { heardArranged } from './arranging'
import { tellBecomes } from './becoming'
import { called, conversations, follow, forget, groupChanged, membersChanged, moveOn, refetch, startedOver, unread } from './conversations'
import { startDelivering } from './delivering'
import { heardDrafted, startDrafts } from './drafts'
import { tellChanged } from './group_news'
import { foldings } from './later'
import { heardOf } from './pins'
import { compare, seen } from './reading'
import { changed, heard, invalidated, tryAgain } from './thread'
import { startTyping, typed } from './typing'
import { membersMoved, startWatching, wrote } from './watching'
import type { Entry } from '../wire'

function becomes(entry: Entry): void {
  moveOn(entry)
  changed(entry)
  heardOf(entry)
  tellBecomes(entry)
}

const list = () => import('./Conversations.vue')
const conversation = () => import('./Conversation.vue')

export const chat: Feature = {
  name: 'chat',
  words: { 'zh-CN': () => import('./words.zh.json'), en: () => import('./words.en.json') },
  tab: { to: '/chats', label: 'chat.tab', icon: MessageCircle, order: 1, count: () => unread.value, calm: () => quiet.value && !called.value },
  routes: [
    {
      path: '/chats',
      components: { list, default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'chat.tab' },
    },
    {
      path: '/chats/mentions',
      components: { list: () => import('./MentionList.vue'), default: () => import('../app/NothingOpen.vue') },
      meta: { pane: 'list', title: 'chat.mention.mine' },
    },
    {
      path: '/chats/new',
      components: { list, default: () => import('./NewGroup.vue') },
      meta: { pane: 'detail', title: 'chat.new.title' },
    },
    {
      path: '/chats/:id(\\d+)',
      components: { list, default: conversation },
      meta: { pane: 'detail', title: 'chat.tab' },
    },
    {
      path: '/chats/:id(\\d+)/members',
      components: { list, default: conversation, info: () => import('./GroupPage.vue') },
      meta: { pane: 'info', title: 'chat.group' },
    },
    {
      path: '/chats/:id(\\d+)/merged/:seq(\\d+)',
      components: { list, default: conversation, info: () => import('./MergedPage.vue') },
      meta: { pane: 'info', title: 'chat.merged_title' },
    },
    {
      path: '/chats/:id(\\d+)/files',
      components: { list, default: conversation, info: () => import('./ConversationFiles.vue') },
      meta: { pane: 'info', title: 'chat.files' },
    },
    {
      path: '/people/group/:id(\\d+)',
      components: { list: () => import('../people/Directory.vue'), default: () => import('./GroupPage.vue') },
      meta: { pane: 'detail', title: 'chat.group' },
    },
  ],
  reducers: {
    'chat.edited': becomes,
    'chat.recalled': becomes,
    'chat.reacted': becomes,
    'chat.card_changed': becomes,
    'chat.previewed': becomes,
    'chat.pinned': becomes,
    'chat.arranged': heardArranged,
    'chat.drafted': heardDrafted,
    'chat.message': (entry) => {
      moveOn(entry)
      heard(entry)
      wrote(entry)
      typed(entry)
    },
    'group.changed': (entry) => {
      moveOn(entry)
      groupChanged(entry)
      heard(entry)
      tellChanged(entry)
    },
    'group.members': (entry) => {
      membersChanged(entry)
      moveOn(entry)
      heard(entry)
      tellChanged(entry)
      membersMoved(entry.stream)
    },
  },
  start() {
    foldWith(foldings(() => session.me?.person.id ?? 0))
    listen('states', ({ states, whole }) => {
      follow(states, whole)
      compare(states)
    })
    listen('seen', ({ stream, no }) => seen(stream, no))
    listen('left', (streams) => {
      invalidated(streams, true)
      forget(streams)
    })
    listen('level', tryAgain)
    startWatching()
    startDelivering()
    startDrafts()
    startTyping()
    listen('dropped', (streams) => {
      invalidated(streams, false)
      startedOver(streams)
    })
  },
}

/** Opens the conversation with a person, made on first use, and goes there. */
export async function openDirect(person: number): Promise<void> {
  const { stream } = await ask('chat.open_direct', { person })
  if (!conversations.has(stream)) await refetch()
  go(paths.conversation(stream))
}
