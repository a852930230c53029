import { addWords, speak, type Language } from '../../src/kit/i18n'

addWords({
  kit: { 'zh-CN': () => import('../../src/kit/words.zh.json'), en: () => import('../../src/kit/words.en.json') },
  notices: {
    'zh-CN': () => import('../../src/notices/words.zh.json'),
    en: () => import('../../src/notices/words.en.json'),
  },
})

export async function speakIn(language: Language): Promise<void> {
  await speak(language)
}
