import { hearIn } from '../core/http'
import { speak, type Language } from '../kit/i18n'

const KEPT = 'dianmai.language'

export function chosenLanguage(): Language {
  const kept = localStorage.getItem(KEPT)
  if (kept === 'zh-CN' || kept === 'en') return kept
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

/** Speaks this language on screen and asks the server for it; remembered only when a person chose it. */
export async function useLanguage(language: Language, chosen = false): Promise<void> {
  if (chosen) localStorage.setItem(KEPT, language)
  hearIn(language)
  await speak(language)
  document.documentElement.lang = language
}

/** The person's own setting counts on a device where nobody has chosen. */
export async function followPerson(language: Language | null | undefined): Promise<void> {
  if (language && !localStorage.getItem(KEPT)) await useLanguage(language)
}
