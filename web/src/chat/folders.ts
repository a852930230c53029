import { computed, ref } from 'vue'
import type { Conversation, Folder } from '../wire'
import { hidden, listed, unreadIn } from './conversations'

export type View = Folder | 'all'

/** With fewer conversations than this, folders are one more thing to look at. */
const WORTH_IT = 8
const ORDER: readonly Folder[] = ['store', 'region', 'project', 'direct']

/** Which folder is looked into; the person's choice stays while the page does. */
export const chosen = ref<View>('all')

const shown = computed(() => listed.value.filter((one) => !hidden(one)))

/** The folders there are, each with what waits in it; none when they would not help. */
export const folders = computed(() => {
  const kinds = ORDER.filter((kind) => shown.value.some((one) => folderOf(one) === kind))
  if (shown.value.length < WORTH_IT || kinds.length < 2) return []
  return kinds.map((kind) => ({ kind, unread: unreadAt(kind) }))
})

/** The rows to show, with the open one whatever it is: it must not go from under one's eyes. */
export function rowsIn(view: View, open: string): Conversation[] {
  const there = folders.value.some((one) => one.kind === view)
  return listed.value.filter(
    (one) => one.stream === open || (!hidden(one) && (!there || folderOf(one) === view)),
  )
}

function folderOf(conversation: Conversation): Folder {
  return conversation.kind === 'direct' ? 'direct' : (conversation.folder ?? 'region')
}

function unreadAt(kind: Folder): number {
  return shown.value.reduce((sum, one) => sum + (folderOf(one) !== kind || one.muted ? 0 : unreadIn(one)), 0)
}
