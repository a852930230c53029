import { shallowReactive, shallowRef } from 'vue'
import type { MessageBody } from '../../wire'
import { entriesAfter } from '../thread'
import { addressOf, partOf, type Part } from './parts'

/** The one voice that is heard, wherever in the list its bubble is, or whether it is in sight at all. */
export const heard = shallowReactive({ key: '', at: 0, going: false })

export const FAST = 1.5
const SPEED = 'dianmai.voice_speed'
export const speed = shallowRef(localStorage.getItem(SPEED) === String(FAST) ? FAST : 1)

let sound: HTMLAudioElement | null = null
let place = 0

/** Begins, pauses or goes on. */
export async function toggle(part: Part, seq: number): Promise<void> {
  if (sound && heard.key === part.key && heard.going) return sound.pause()
  if (sound && heard.key === part.key) return sound.play()
  stop()
  place = seq
  heard.key = part.key
  heard.at = 0
  const address = await addressOf(part)
  if (!address || heard.key !== part.key) return
  sound = new Audio(address)
  sound.playbackRate = speed.value
  sound.onplay = () => (heard.going = true)
  sound.onpause = () => (heard.going = false)
  sound.ontimeupdate = () => (heard.at = (sound?.currentTime ?? 0) * 1000)
  sound.onended = () => void goOn()
  await sound.play()
}

export function stop(): void {
  if (sound) sound.onended = sound.onpause = null
  sound?.pause()
  sound = null
  heard.key = ''
  heard.going = false
}

export function turnSpeed(): void {
  speed.value = speed.value === 1 ? FAST : 1
  localStorage.setItem(SPEED, String(speed.value))
  if (sound) sound.playbackRate = speed.value
}

/** Several said in a row are heard in a row. */
async function goOn(): Promise<void> {
  const from = place
  stop()
  for (const entry of entriesAfter(from)) {
    const voice = (entry.body as unknown as MessageBody).files?.find((file) => file.kind === 'voice')
    if (voice) return toggle(partOf(voice), entry.seq).catch(() => undefined)
  }
}
