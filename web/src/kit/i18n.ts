import { createI18n } from 'vue-i18n'

export type Language = 'zh-CN' | 'en'
export interface Words {
  [key: string]: string | Words
}
/** Where a feature keeps its words; only the language in use is fetched. */
export type WordSource = Record<Language, () => Promise<{ default: Words }>>

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: false,
  messages: {},
  missingWarn: false,
  fallbackWarn: false,
})

/** For words outside a component. */
export const say = i18n.global.t

export function language(): Language {
  return i18n.global.locale.value as Language
}

const sources: Record<string, WordSource> = {}
const loaded = new Set<string>()

export function addWords(all: Record<string, WordSource>): void {
  Object.assign(sources, all)
}

export async function speak(wanted: Language): Promise<void> {
  const names = Object.keys(sources).filter((name) => !loaded.has(`${wanted}/${name}`))
  const parts = await Promise.all(names.map((name) => sources[name]![wanted]()))
  names.forEach((name, at) => {
    i18n.global.mergeLocaleMessage(wanted, { [name]: parts[at]!.default })
    loaded.add(`${wanted}/${name}`)
  })
  i18n.global.locale.value = wanted
}
