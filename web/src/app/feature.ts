import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import type { Entry } from '../wire'
import type { WordSource } from '../kit/i18n'

/** What happens in this client when an entry of a kind has been stored; called once per entry, in the order of its stream. */
export type Reduce = (entry: Entry) => void

/**
 * Where a route's screen stands. `list`: left pane, a tab's first page on a phone. `detail`: beside the list, alone on
 * a phone. `info`: the fourth pane, alone on a phone. `whole`: alone everywhere. `door`: outside, before signing in.
 */
export type PanePlace = 'list' | 'detail' | 'info' | 'whole' | 'door'

export interface Tab {
  /** Path of the tab's first page; every path below it belongs to the tab. */
  to: string
  label: string // a key of the feature's words
  icon: Component
  order: number
  count?: () => number
  /** Urgent counts are coral and never hidden by quieter ones. */
  urgent?: () => boolean
  /** Waits quietly: these are quiet hours, and nothing in it must be heard. */
  calm?: () => boolean
  shown?: () => boolean
  /** Only on the desktop's rail: phones keep to five tabs. */
  desktopOnly?: boolean
}

/**
 * A feature as the shell sees it. Its words are found under its name (`t('chat.newest')`), its routes name their views
 * `list`, `default` and `info`, with `meta: { pane }`.
 */
export interface Feature {
  name: string
  words: WordSource
  routes: RouteRecordRaw[]
  tab?: Tab
  reducers?: Record<string, Reduce>
  /** Called once after signing in: what the device keeps is open, nothing has been heard yet. */
  start?: () => void
  /** One quiet card above the conversations; renders nothing when nothing is owed. */
  aboveChats?: Component
  /** One bar above every screen; renders nothing when there is nothing to say. */
  overlay?: Component
}

declare module 'vue-router' {
  interface RouteMeta {
    pane?: PanePlace
    /** Key of the page's title for the browser's tab. */
    title?: string
  }
}
