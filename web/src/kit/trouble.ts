import { Refusal } from '../core/refusal'
import { say } from './i18n'

/** What to tell a person about a failure: the server's words, or ours when it never got there. */
export function saidTrouble(error: unknown): string {
  if (error instanceof Refusal) {
    if (error.message) return error.message
    if (error.code === 'offline') return say('kit.trouble.offline')
  }
  return say('kit.trouble.server')
}
