import DefaultTheme from 'vitepress/theme'
import type { Theme } from 'vitepress'
import LiveQuantization from './LiveQuantization.vue'

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('LiveQuantization', LiveQuantization)
  },
} satisfies Theme
