import type { FileRef } from '../wire'
import { fileUrl } from '../core/http'
import type { Packed } from '../core/local'

export const MOST_PICTURES = 9
const LONGEST_SIDE = 2048
/** Below this a JPEG or WebP goes as it is; drawing it anew would only make it worse. */
const SMALL_ENOUGH = 400_000
const QUALITY = 0.82

/**
 * A picture made ready on the device: at most 2048 px on its longer side, upright, without the place it was taken.
 * A phone's twelve megapixels would cost a store's line a minute.
 */
export async function pack(file: Blob, name: string): Promise<Packed> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  try {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height))
    const width = Math.max(1, Math.round(bitmap.width * scale))
    const height = Math.max(1, Math.round(bitmap.height * scale))
    const animated = file.type === 'image/gif'
    const plain = file.type === 'image/webp' && scale === 1 && file.size <= SMALL_ENOUGH
    if (animated || plain) return { blob: file, name, width, height }
    const blob = await draw(bitmap, width, height)
    return { blob, name: renamed(name, blob.type), width, height }
  } finally {
    bitmap.close()
  }
}

const urls = new WeakMap<Blob, string>()
const own = new Map<string, string>()

/** Where a picture that is still on this device can be seen. */
export function packedUrl(picture: Packed): string {
  let url = urls.get(picture.blob)
  if (!url) urls.set(picture.blob, (url = URL.createObjectURL(picture.blob)))
  // Once sent it keeps this address, so that it does not blink when the server's copy takes its place.
  if (picture.file) own.set(picture.file.id, url)
  return url
}

export function pictureUrl(file: FileRef): string {
  return own.get(file.id) ?? fileUrl(file.id)
}

/** How much room a single picture takes, known before it is here. */
export function roomFor(width: number | null | undefined, height: number | null | undefined): { width: number; height: number } {
  const longest = 240
  const shortest = 96
  const w = width || 4
  const h = height || 3
  const scale = longest / Math.max(w, h)
  return { width: Math.max(shortest, Math.round(w * scale)), height: Math.max(shortest, Math.round(h * scale)) }
}

export function filesIn(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])]
}

export async function draw(bitmap: ImageBitmap | HTMLVideoElement, width: number, height: number): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  // Screenshots with transparency would turn black as JPEG.
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  return (await encode(canvas, 'image/webp')) ?? (await encode(canvas, 'image/jpeg')) ?? Promise.reject(new Error('no picture'))
}

/** Safari answers PNG where it cannot write WebP. */
function encode(canvas: HTMLCanvasElement, type: string): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob?.type === type ? blob : null), type, QUALITY))
}

function renamed(name: string, type: string): string {
  return `${name.replace(/\.[^.]*$/, '') || 'picture'}.${type === 'image/webp' ? 'webp' : 'jpg'}`
}
