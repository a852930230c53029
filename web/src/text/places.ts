/** Signs that stand for names in a text that is taken apart: no letters of any language. */
export const FIRST_PLACE = 0xe000
const LAST_PLACE = 0xe0ff
export const PLACES = /[\ue000-\ue0ff]/g

export function isPlace(code: number): boolean {
  return code >= FIRST_PLACE && code <= LAST_PLACE
}

/** The text with its names as they are read: where a name is no more than words. */
export function withNames(text: string, names: readonly { text: string }[] = []): string {
  return names.length ? text.replace(PLACES, (sign) => names[sign.charCodeAt(0) - FIRST_PLACE]?.text ?? sign) : text
}
