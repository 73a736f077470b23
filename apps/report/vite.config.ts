import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineConfig } from 'vite'
import type { Plugin, UserConfig } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'

/** Lets the page run the script that was built into it, by its hash, and no other. */
const scriptByHash: Plugin = {
  name: 'script-by-hash',
  enforce: 'post',
  writeBundle: async ({ dir }, bundle) => {
    for (const { fileName } of Object.values(bundle)) {
      if (!fileName.endsWith('.html')) continue
      const file = join(dir!, fileName)
      const html = await readFile(file, 'utf8')
      const scripts = [...html.matchAll(/<script type="module"[^>]*>([^]*?)<\/script>/g)]
      const hashes = scripts.map(
        ([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
      )
      await writeFile(
        file,
        html.replace("script-src 'none'", () => `script-src ${hashes.join(' ')}`),
      )
    }
  },
}

const config: UserConfig = defineConfig({
  base: './',
  plugins: [viteSingleFile({ removeViteModuleLoader: true }), scriptByHash],
  build: { target: 'es2022' },
})

export default config
