import { CHANGING, type OperationName, type Operations } from '../wire'
import { post } from './http'
import { newNonce } from './nonce'
import { Refusal } from './refusal'

/** The open socket, as a door for small operations. */
export interface SocketDoor {
  readonly open: boolean
  do(operation: string, body: unknown, nonce?: string): Promise<unknown>
}

type Asked<N extends OperationName> = Operations[N]['ask']
type Answered<N extends OperationName> = Operations[N]['answer']

/** Cookies are set and cleared by HTTP answers only, and big answers would hold up the socket's queue. */
const HTTP_ONLY = /^(accounts\.|sync\.catch_up$|chat\.history$|chat\.conversations$|search\.find$|org\.(plan|apply)_import$)/

let socket: SocketDoor | null = null
let onSignedOut: () => void = () => {}

export function useDoor(door: SocketDoor | null): void {
  socket = door
}

/** Called when the server no longer knows this session. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act
}

/**
 * Asks for an operation through whichever door is better. A socket that closes before answering leaves it open whether
 * the thing was done; asking again over HTTP with the same nonce settles it.
 */
export async function ask<N extends OperationName>(
  operation: N,
  body: Asked<N>,
  given?: { nonce?: string },
): Promise<Answered<N>> {
  const nonce = given?.nonce ?? (CHANGING.has(operation) ? newNonce() : undefined)
  if (socket?.open && !HTTP_ONLY.test(operation)) {
    try {
      return (await socket.do(operation, body, nonce)) as Answered<N>
    } catch (error) {
      if (!(error instanceof Refusal && error.unknown)) throw error
    }
  }
  try {
    return (await post(operation, body, nonce)) as Answered<N>
  } catch (error) {
    if (error instanceof Refusal && error.status === 401 && !entering(operation)) onSignedOut()
    throw error
  }
}

function entering(operation: OperationName): boolean {
  return operation === 'accounts.sign_in' || operation === 'accounts.activate' || operation === 'accounts.switch'
}
