import { readonly, ref } from 'vue'

const query = typeof matchMedia === 'function' ? matchMedia('(min-width: 900px)') : undefined
const state = ref(query?.matches ?? false)
query?.addEventListener('change', (event) => (state.value = event.matches))

/** True where list and detail stand side by side. */
export const wide = readonly(state)
