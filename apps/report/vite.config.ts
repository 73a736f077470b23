import { defineConfig } from 'vite'
import type { UserConfig } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'

const config: UserConfig = defineConfig({
  base: './',
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
  build: { target: 'es2022' },
})

export default config
