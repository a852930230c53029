import { ask } from '../core/api'
import type { StreamState } from '../wire'
import { conversations, readUpTo } from './conversations'

/** Where the server knows that I have read to; what is ahead of it is told again whenever we are level. */
const told = new Map<string, number>()
const timers = new Map<string, ReturnType<typeof setTimeout>>()

/** I have seen everything up to this message. Shown here at once, told to my other devices through the server. */
export function read(stream: string, no: number): void {
  if (no <= (told.get(stream) ?? 0)) return
  readUpTo(stream, no)
  if (!timers.has(stream)) timers.set(stream, setTimeout(() => void tellServer(stream), 400))
}

/** Another device, or the server itself, moved my cursor. */
export function seen(stream: string, no: number): void {
  told.set(stream, Math.max(no, told.get(stream) ?? 0))
  readUpTo(stream, no)
}

/** Where the server's cursors stand. What was read here without a connection is told now. */
export function compare(states: StreamState[]): void {
  for (const { stream, read_no } of states) {
    if (!stream.startsWith('chat:')) continue
    told.set(stream, read_no)
    if ((conversations.get(stream)?.read_no ?? 0) > read_no) void tellServer(stream)
  }
}

async function tellServer(stream: string): Promise<void> {
  timers.delete(stream)
  const no = conversations.get(stream)?.read_no
  if (!no || no <= (told.get(stream) ?? 0)) return
  try {
    const mark = await ask('sync.read', { stream, no })
    seen(stream, mark.no)
  } catch {
    // Kept in the conversation's row; told again when level.
  }
}
