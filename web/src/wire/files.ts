// Made by bin/generate from dianmai/wire. Edit the structs there.

export type FileKind = 'picture' | 'file' | 'video' | 'voice'

/** A stored file. Pictures and films carry their size in pixels so that the client can reserve room. */
export interface FileRef {
  id: string
  name: string
  kind: FileKind
  media_type: string
  size: number
  width?: number | null
  height?: number | null
  duration_ms?: number | null
  wave?: string | null
  poster?: string | null
  original?: string | null
}

export interface Uploaded {
  file: FileRef
}

/** Body of `POST /uploads`: what is going to come. Begun again under the same nonce, it is the same upload. */
export interface BeginUpload {
  nonce: string
  name: string
  size: number
  media_type?: string
  sha256?: string | null
  kind?: FileKind | null
  width?: number | null
  height?: number | null
  duration_ms?: number | null
  wave?: string | null
  poster?: string | null
  original?: string | null
}

/** How far an upload has come: `got` bytes are safe, whatever happens to the server. The next part begins there. */
export interface Upload {
  id: string
  size: number
  got: number
  part: number
  largest_part: number
}
