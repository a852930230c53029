/** `Array.findLast`, which phones of 2021 do not have. */
export function lastOf<T>(list: readonly T[], test: (item: T) => boolean): T | undefined {
  for (let at = list.length - 1; at >= 0; at--) {
    const item = list[at] as T
    if (test(item)) return item
  }
  return undefined
}
