import { createApp } from 'vue'
import App from './app/App.vue'
import { applyAppearance } from './app/appearance'
import { features } from './app/features'
import { chosenLanguage, useLanguage } from './app/language'
import { keepShell } from './app/renewing'
import { router } from './app/router'
import { addWords, i18n } from './kit/i18n'
import './kit/tokens.css'
import './kit/base.css'

applyAppearance()
addWords({
  app: { 'zh-CN': () => import('./app/words.zh.json'), en: () => import('./app/words.en.json') },
  kit: { 'zh-CN': () => import('./kit/words.zh.json'), en: () => import('./kit/words.en.json') },
  ...Object.fromEntries(features.map((feature) => [feature.name, feature.words])),
})
void useLanguage(chosenLanguage()).then(() => {
  createApp(App).use(i18n).use(router).mount('#app')
  void keepShell()
})
