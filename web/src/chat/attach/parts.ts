import { File, FileArchive, FileImage, FileSpreadsheet, FileText, FileVideo, Music } from '@lucide/vue'
import type { Component } from 'vue'
import { fileUrl } from '../../core/http'
import type { Parcel } from '../../core/local'
import { local } from '../../core/engine'
import type { FileKind, FileRef } from '../../wire'
import { packedUrl } from '../pictures'

/** A file as a bubble shows it, on its way or there. */
export interface Part {
  key: string
  name: string
  size: number
  kind: FileKind
  width?: number
  height?: number
  duration?: number
  wave?: string
  poster?: string
  /** Null: it is still on this device only. */
  file: FileRef | null
}

export function partOf(file: FileRef): Part {
  const { id, name, size, kind, width, height, duration_ms, wave, poster } = file
  return {
    key: id,
    name,
    size,
    kind,
    file,
    ...(width && height ? { width, height } : {}),
    ...(duration_ms ? { duration: duration_ms } : {}),
    ...(wave ? { wave } : {}),
    ...(poster ? { poster: fileUrl(poster) } : {}),
  }
}

export function partOnItsWay(parcel: Parcel): Part {
  const { key, name, size, kind = 'file', width, height, duration_ms, wave, poster } = parcel
  return {
    key,
    name,
    size,
    kind,
    file: parcel.file ?? null,
    ...(width && height ? { width, height } : {}),
    ...(duration_ms ? { duration: duration_ms } : {}),
    ...(wave ? { wave } : {}),
    ...(poster ? { poster: packedUrl(poster) } : {}),
  }
}

/** Where its bytes can be had: from the server, or from this device while they are on their way. */
export async function addressOf(part: Part): Promise<string> {
  if (part.file) return fileUrl(part.file.id)
  const bytes = await local().bytes(part.key)
  return bytes ? URL.createObjectURL(bytes) : ''
}

const ICONS: [RegExp, Component][] = [
  [/\.(xlsx?|csv|ods|numbers|et)$/i, FileSpreadsheet],
  [/\.(pdf|docx?|txt|md|odt|pptx?|pages|wps)$/i, FileText],
  [/\.(zip|rar|7z|t?gz|tar)$/i, FileArchive],
  [/\.(jpe?g|png|webp|gif|heic|heif|tiff?|psd|bmp)$/i, FileImage],
  [/\.(mp4|mov|webm|mkv|avi|m4v)$/i, FileVideo],
  [/\.(mp3|m4a|wav|ogg|flac|aac|amr)$/i, Music],
]

export function iconFor(name: string): Component {
  return ICONS.find(([ending]) => ending.test(name))?.[1] ?? File
}

/** 0:07 · 12:30 */
export function saidDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
