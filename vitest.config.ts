import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { Tally } from './vitest.tally.ts'

const folders = ['packages', 'apps'].flatMap((group) => readdirSync(group).map((name) => `${group}/${name}`))

export default defineConfig({
  test: {
    reporters: ['default', new Tally()],
    projects: folders
      .filter((folder) => existsSync(`${folder}/test`))
      .map((folder) =>
        existsSync(`${folder}/vitest.config.ts`)
          ? folder
          : { test: { name: folder, include: [`${folder}/test/**/*.test.ts`] } },
      ),
  },
})
