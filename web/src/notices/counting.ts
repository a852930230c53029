import type { NoticeBrief } from '../wire'

export interface Reach {
  recipients: number
  delivered: number
  read: number
  confirmed: number
}

/** How far a notice has come; the server leaves counts out where there is nobody to count. */
export function countsOf(notice: Pick<NoticeBrief, 'counts'>): Reach {
  const { recipients = 0, delivered = 0, read = 0, confirmed = 0 } = notice.counts ?? {}
  return { recipients, delivered, read, confirmed }
}
