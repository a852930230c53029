import { createI18n, type MessageContext, type MessageFunction } from 'vue-i18n'

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
    i18n.global.mergeLocaleMessage(wanted, { [name]: ready(parts[at]!.default) })
    loaded.add(`${wanted}/${name}`)
  })
  i18n.global.locale.value = wanted
}

interface Ready {
  [key: string]: MessageFunction<string> | Ready
}

/**
 * Our words need two things only: places for values, `{name}`, and one | many. With that done here, the library's
 * compiler stays out of what a phone has to load.
 */
function ready(words: Words): Ready {
  const entries = Object.entries(words)
  return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === 'string' ? said(value) : ready(value)]))
}

/** What vue-i18n hands to a message function beside its declared face: `<I18nT>` gets a list of nodes, `t` a text. */
interface Joining {
  normalize(parts: unknown[]): string
  interpolate(value: unknown): unknown
}

function said(text: string): MessageFunction<string> {
  const forms = text.split(' | ').map((form) => form.split(/\{(\w+)\}/))
  return (context: MessageContext<string>) => {
    const parts = (forms.length > 1 ? context.plural(forms as never) : forms[0]!) as unknown as string[]
    const joining = context as unknown as Joining
    return joining.normalize(parts.map((part, at) => (at % 2 ? joining.interpolate(context.named(part)) : part)))
  }
}
