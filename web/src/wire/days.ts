// Made by bin/generate from dianmai/wire. Edit the structs there.

/** On which days something was said. A day reaches from one of `edges` to the next. */
export interface GetDays {
  stream: string
  edges: number[]
}

/** A day on which something was said: its edge, its first message, how many there are. */
export interface Day {
  at: number
  no: number
  messages: number
}

export interface Days {
  days: Day[]
  first?: number
}
