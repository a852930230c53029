import { shallowReactive } from 'vue'
import { waveOf } from './waves'

export const LONGEST = 120_000
/** Nobody said anything in so short a time. */
export const SHORTEST = 700
const EVERY = 50
const BITS = 24_000
/** What most devices can play again comes first. */
const TYPES = ['audio/mp4;codecs=mp4a.40.2', 'audio/webm;codecs=opus', 'audio/mp4', 'audio/webm']

export interface Said {
  bytes: Blob
  duration: number
  wave: string
}

export interface Recording {
  /** For the screen: how long it goes, and how loud it is right now (0–1). */
  now: { elapsed: number; level: number }
  end(): Promise<Said>
  cancel(): void
}

/** Whether this page may record at all: browsers give the microphone to secure pages only. */
export const mayRecord = 'MediaRecorder' in globalThis && Boolean(navigator.mediaDevices?.getUserMedia)

/** Listens until it is ended. `full`: it has become as long as one may be. */
export async function record(full: () => void): Promise<Recording> {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } })
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type))
  const recorder = new MediaRecorder(microphone, { audioBitsPerSecond: BITS, ...(mimeType ? { mimeType } : {}) })
  const chunks: Blob[] = []
  recorder.ondataavailable = ({ data }) => chunks.push(data)

  const context = new AudioContext()
  const analyser = context.createAnalyser()
  context.createMediaStreamSource(microphone).connect(analyser)
  const heard = new Float32Array(analyser.fftSize)
  const samples: number[] = []
  const now = shallowReactive({ elapsed: 0, level: 0 })
  const started = performance.now()
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(heard)
    now.level = Math.min(1, 4 * Math.sqrt(heard.reduce((sum, value) => sum + value * value, 0) / heard.length))
    now.elapsed = performance.now() - started
    samples.push(now.level)
    if (now.elapsed >= LONGEST) full()
  }, EVERY)
  recorder.start(1000)

  function release(): void {
    clearInterval(timer)
    for (const track of microphone.getTracks()) track.stop()
    void context.close()
  }

  return {
    now,
    end: () =>
      new Promise((resolve) => {
        const duration = Math.min(LONGEST, performance.now() - started)
        recorder.onstop = () => {
          release()
          resolve({ bytes: new Blob(chunks, { type: recorder.mimeType }), duration, wave: waveOf(samples) })
        }
        recorder.stop()
      }),
    cancel: () => {
      recorder.stop()
      release()
    },
  }
}
