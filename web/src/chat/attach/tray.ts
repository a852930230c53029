import { computed, shallowRef } from 'vue'
import type { Packed } from '../../core/local'
import { saidSize, toast } from '../../kit'
import { say } from '../../kit/i18n'
import { MOST_PICTURES, pack } from '../pictures'
import { MOST_BYTES, wrap, type Wrapped } from './wrapping'

/** What is going to be sent with the next message: pictures made small, and files of every kind as they are. */
export function useTray() {
  const pictures = shallowRef<Packed[]>([])
  const files = shallowRef<Wrapped[]>([])
  const count = computed(() => pictures.value.length + files.value.length)

  /** Pictures go as pictures unless they were chosen as files; so do those this device cannot open. */
  async function add(chosen: File[], asFiles = false): Promise<void> {
    const room = Math.max(0, MOST_PICTURES - count.value)
    if (chosen.length > room) toast(say('chat.too_many', { count: MOST_PICTURES }), 'wrong')
    for (const file of chosen.slice(0, room)) await put(file, asFiles)
  }

  async function put(file: File, asFiles: boolean): Promise<void> {
    if (file.size === 0) return toast(say('chat.file_empty', { name: file.name }), 'wrong')
    if (file.size > MOST_BYTES) return toast(say('chat.file_too_large', { name: file.name, most: saidSize(MOST_BYTES) }), 'wrong')
    if (!asFiles && file.type.startsWith('image/')) {
      try {
        pictures.value = [...pictures.value, await pack(file, file.name || 'picture')]
        return
      } catch {
        // A kind of picture that this browser does not know: it goes as it is.
      }
    }
    files.value = [...files.value, await wrap(file)]
  }

  function take(): { pictures: Packed[]; files: Wrapped[] } {
    const taken = { pictures: pictures.value, files: files.value }
    pictures.value = []
    files.value = []
    return taken
  }

  function putBack(taken: { pictures: Packed[]; files: Wrapped[] }): void {
    pictures.value = [...taken.pictures, ...pictures.value]
    files.value = [...taken.files, ...files.value]
  }

  const without = (gone: Packed | Wrapped): void => {
    pictures.value = pictures.value.filter((one) => one !== gone)
    files.value = files.value.filter((one) => one !== gone)
  }

  return { pictures, files, count, add, take, putBack, without }
}
