/**
 * A name for one intended change: repeated with the same nonce it still happens once. Drawn by hand because
 * `crypto.randomUUID` is missing where a store reaches its server over plain HTTP.
 */
export function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
