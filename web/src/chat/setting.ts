import type { GroupCard, GroupRole, SetGroup } from '../wire'
import { dayOf, endOf } from './ends'

/** What stands in the form of a group's settings. */
export interface Settings {
  title: string
  purpose: string
  announcement: string
  postBy: GroupRole
  mentionAllBy: GroupRole
  pinBy: GroupRole
  slow: string
  /** A day, or nothing where the group has no end. */
  end: string
}

export function settingsOf(card: GroupCard): Settings {
  return {
    title: card.title,
    purpose: card.purpose ?? '',
    announcement: card.announcement ?? '',
    postBy: card.post_by ?? 'everyone',
    mentionAllBy: card.mention_all_by ?? 'everyone',
    pinBy: card.pin_by ?? 'everyone',
    slow: String(card.slow_s ?? 0),
    end: card.ends_at ? dayOf(card.ends_at) : '',
  }
}

/** Only what was changed in the form: what somebody else changed meanwhile stays theirs. Null: nothing was. */
export function changesOf(opened: GroupCard, form: Settings): SetGroup | null {
  const before = settingsOf(opened)
  const differs = (key: keyof Settings): boolean => form[key].trim() !== before[key]
  const temporary = opened.folder === 'project'
  const how: Omit<SetGroup, 'stream'> = {}
  if (temporary && differs('title')) how.title = form.title.trim()
  if (differs('purpose')) how.purpose = form.purpose.trim()
  if (differs('announcement')) how.announcement = form.announcement.trim()
  if (differs('postBy')) how.post_by = form.postBy
  if (differs('mentionAllBy')) how.mention_all_by = form.mentionAllBy
  if (differs('pinBy')) how.pin_by = form.pinBy
  if (differs('slow')) how.slow_s = Number(form.slow)
  if (temporary && form.end && differs('end')) how.ends_at = endOf(form.end)
  return Object.keys(how).length ? { stream: opened.stream, ...how } : null
}
