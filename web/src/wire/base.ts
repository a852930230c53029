// Made by bin/generate from dianmai/wire. Edit the structs there.

export const MAX_ID = 9007199254740991

export const LONGEST_QUERY = 200

/** The answer of an operation that has nothing to add to "done". */
export type Nothing = Record<string, never>
