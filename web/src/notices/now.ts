import { readonly, ref } from 'vue'
import { serverNow } from '../kit/times'

const BEAT = 20_000
const state = ref(serverNow())
setInterval(() => (state.value = serverNow()), BEAT)

/** The time, for what is said about deadlines; it moves on its own while a page stays open. */
export const now = readonly(state)
