import type { ErrorAnswer, FileRef, Uploaded } from '../../wire'
import { Refusal } from '../../core/refusal'
import { language } from '../../kit/i18n'

export interface Upload {
  done: Promise<FileRef>
  cancel(): void
}

/** Sends one file and says how far it is (0–1). `fetch` cannot say that, so this is the older door. */
export function uploadWithProgress(file: File, progress: (share: number) => void): Upload {
  const request = new XMLHttpRequest()
  const done = new Promise<FileRef>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => total > 0 && progress(loaded / total)
    request.onerror = request.onabort = request.ontimeout = () => reject(Refusal.offline())
    request.onload = () => {
      try {
        if (request.status < 300) resolve((JSON.parse(request.responseText) as Uploaded).file)
        else reject(new Refusal((JSON.parse(request.responseText) as ErrorAnswer).error, request.status))
      } catch {
        reject(Refusal.noAnswer(request.status))
      }
    }
  })
  request.open('POST', `/files?name=${encodeURIComponent(file.name)}`)
  request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
  request.setRequestHeader('X-Dianmai', '1')
  request.setRequestHeader('Accept-Language', language())
  request.send(file)
  return { done, cancel: () => request.abort() }
}
