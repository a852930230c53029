// Made by bin/generate from dianmai/wire. Edit the structs there.

/** Keeps a message in sight of everybody in the conversation. Needs a nonce. */
export interface Pin {
  stream: string
  seq: number
}

/** Keeps it in sight no longer. Needs a nonce. */
export interface Unpin {
  stream: string
  seq: number
}

/** Body of `chat.pinned`: the entry's actor pinned the message `target`, or took the pin away. */
export interface PinnedBody {
  on: boolean
}
