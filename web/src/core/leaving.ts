import { stopEngine } from './engine'
import { wipePerson } from './local'
import { ask } from './api'
import { forget } from './session'

let leaving = false
/** The person wants to go: that the server then closes the socket is no news to them. */
let wanted = false

/**
 * Signs out: the server first, then everything this device kept of the person. Throws when the server could not be told.
 * With `stay` a shared device goes on holding them: they come back with the password alone.
 */
export async function signOut(stay = false): Promise<void> {
  wanted = true
  try {
    await ask('accounts.sign_out', { stay })
  } catch (error) {
    wanted = false
    throw error
  }
  await leave(true)
}

/**
 * Removes what the person left on this device and starts the page afresh, so that nothing of theirs stays in memory
 * either. Appearance and language belong to the device and stay; so does what is somebody else's, who may have signed
 * in meanwhile in another tab.
 */
export async function leave(saying: boolean, why?: 'ended'): Promise<void> {
  if (leaving) return
  leaving = true
  const person = stopEngine(saying)
  if (person !== null) {
    forget(person)
    await wipePerson(person)
  }
  location.replace(why && !wanted ? `/sign-in?why=${why}` : '/sign-in')
}
