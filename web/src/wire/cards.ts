// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { FileRef } from './files'

export type CardKind = 'plain' | 'good' | 'attention' | 'urgent'

export type ButtonStyle = 'plain' | 'primary' | 'danger'

export type Pressers = 'everyone' | 'named' | 'author'

/** One line of a card: what it is, and what it says. */
export interface NewField {
  label: string
  value: string
}

/**
 * What can be pressed. `people`: those named, where it is for them alone.
 *
 * `once`: the first who presses decides for everybody, and all such buttons of the card are gone; `done` then stands
 * there with their name (without it: `label`). Otherwise each may press it once, and it is counted.
 */
export interface NewButton {
  id: string
  label: string
  style?: ButtonStyle
  by?: Pressers
  people?: number[]
  once?: boolean
  done?: string | null
}

/** A card to be sent. `kind` is its colour and what it means. */
export interface NewCard {
  title: string
  kind?: CardKind
  fields?: NewField[]
  picture?: string | null
  buttons?: NewButton[]
}

/** Sends a card to a conversation. `text`: what is read where no card can be shown. Needs a nonce. */
export interface SendCard {
  stream: string
  card: NewCard
  text?: string | null
}

/** Presses a button of a card. Needs a nonce. */
export interface Press {
  stream: string
  seq: number
  button: string
}

export interface CardField {
  label: string
  value: string
}

/** A button as it was sent. */
export interface CardButton {
  id: string
  label: string
  style?: string
  by?: string
  people?: number[]
  once?: boolean
  done?: string
}

/** A card as it was sent. What has been pressed since is said apart (`CardState`). */
export interface Card {
  title: string
  kind?: string
  fields?: CardField[]
  picture?: FileRef | null
  buttons?: CardButton[]
}

/** Who has decided a card, with which button, and when. */
export interface Settled {
  button: string
  person: number
  at: number
}

/** How often a button that counts was pressed: by the first ten of them, and whether by the asker. */
export interface Pressed {
  count: number
  people?: number[]
  mine?: boolean
}

/** What has become of a card: who has decided it, and each button that counts. */
export interface CardState {
  settled?: Settled | null
  counts?: Record<string, Pressed>
}

/** Body of `chat.card_changed`: the entry's actor pressed a button of the card `target`; `once`: that decided it. */
export interface CardChangedBody {
  button: string
  once?: boolean
}

/** What stands behind the first link of a message, as the server found it. The picture is one of ours. */
export interface LinkPreview {
  url: string
  title: string
  site: string
  description?: string
  picture?: FileRef | null
}

/** Body of `chat.previewed`: what stands behind the link of the message `target`. */
export interface PreviewedBody {
  preview: LinkPreview
}
