// Made by bin/generate from dianmai/wire. Edit the structs there.

/** What the person has begun to write in a conversation, for their other devices. A nonce is in its entry. */
export interface KeepDraft {
  stream: string
  at: number
  text?: string
}

/** What a person has begun to write; empty: it was sent or given up then. */
export interface KeptDraft {
  stream: string
  at: number
  text?: string
}

/** Body of `chat.drafted` in the person's own stream: a draft is different now. What it says is asked for. */
export interface DraftedBody {
  stream: string
}

/** What the person has begun to write, in these conversations (none named: in all). */
export interface GetDrafts {
  streams?: string[]
}

export interface Drafts {
  drafts: KeptDraft[]
}
