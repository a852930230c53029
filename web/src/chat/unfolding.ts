import { reactive } from 'vue'

/** Long messages that were opened to read all of them; the list forgets its rows as soon as they are out of sight. */
export const unfolded = reactive(new Set<string>())
