// Made by bin/generate from dianmai/wire. Edit the structs there.

export type FileKind = 'picture' | 'file'

/** A stored file. Pictures carry their size in pixels so that the client can reserve room. */
export interface FileRef {
  id: string
  name: string
  kind: FileKind
  media_type: string
  size: number
  width?: number | null
  height?: number | null
}

export interface Uploaded {
  file: FileRef
}
