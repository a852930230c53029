import type { Packed } from '../../core/local'
import { draw } from '../pictures'

const LONGEST_SIDE = 640
const PATIENCE = 8_000
/** The very first picture of a film is often black. */
const A_MOMENT_IN = 0.5

export interface Film {
  width: number
  height: number
  duration_ms?: number
  poster: Packed
}

/** Size, length and a picture of a film, read on the device: the server never opens films. */
export async function posterOf(file: Blob): Promise<Film> {
  const url = URL.createObjectURL(file)
  const film = document.createElement('video')
  try {
    film.muted = true
    film.playsInline = true
    film.preload = 'auto'
    film.src = url
    await happens(film, 'loadeddata')
    // Films straight from a browser's recorder do not say how long they are.
    const length = Number.isFinite(film.duration) ? film.duration : 0
    film.currentTime = Math.min(A_MOMENT_IN, length / 2)
    await happens(film, 'seeked')
    const { videoWidth: width, videoHeight: height } = film
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height))
    const blob = await draw(film, Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)))
    const name = blob.type === 'image/webp' ? 'poster.webp' : 'poster.jpg'
    const poster = { blob, name, width, height }
    return { width, height, poster, ...(length ? { duration_ms: Math.round(length * 1000) } : {}) }
  } finally {
    film.removeAttribute('src')
    film.load()
    URL.revokeObjectURL(url)
  }
}

function happens(film: HTMLVideoElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${name}`)), PATIENCE)
    film.addEventListener(name, () => (clearTimeout(timer), resolve()), { once: true })
    film.addEventListener('error', () => (clearTimeout(timer), reject(new Error('unreadable'))), { once: true })
  })
}
