let context: AudioContext | null = null

/** Two soft notes; three for what must be read. Silent where the browser wants to be touched first. */
export function chime(important: boolean): void {
  try {
    context ??= new AudioContext()
    void context.resume().catch(() => undefined)
    if (context.state === 'closed') return
    const begin = context.currentTime + 0.02
    const notes = important ? [659, 880, 1109] : [659, 880]
    notes.forEach((pitch, place) => note(context!, pitch, begin + place * 0.14))
  } catch {
    // A device without a loudspeaker.
  }
}

function note(place: AudioContext, pitch: number, at: number): void {
  const tone = place.createOscillator()
  const volume = place.createGain()
  tone.frequency.value = pitch
  volume.gain.setValueAtTime(0, at)
  volume.gain.linearRampToValueAtTime(0.12, at + 0.02)
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.3)
  tone.connect(volume).connect(place.destination)
  tone.start(at)
  tone.stop(at + 0.32)
}
