// Made by bin/generate from dianmai/wire. Edit the structs there.

/** All of the person's credentials are void, or only the one named. */
export interface AccessEnded {
  credential?: number | null
}
