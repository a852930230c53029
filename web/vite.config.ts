import { defineConfig } from 'vitest/config'
import vue from '@vitejs/plugin-vue'
import { worker } from './worker/plugin'

const server = `http://127.0.0.1:${process.env.DIANMAI_PORT ?? '8420'}`

export default defineConfig({
  plugins: [vue(), worker()],
  resolve: { alias: { 'vue-i18n': 'vue-i18n/dist/vue-i18n.runtime.esm-bundler.js' } },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'true',
  },
  build: {
    outDir: '../dianmai/edge/static',
    emptyOutDir: true,
    // Cheap Android phones keep their browser for years; Safari 15.4 is the first with real dialogs.
    target: ['chrome92', 'safari15.4', 'firefox98'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'words-zh', test: /words\.zh\.json$/ },
            { name: 'words-en', test: /words\.en\.json$/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': server,
      '/files': server,
      '/uploads': server,
      '/socket': { target: server, ws: true },
    },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
})
