import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { Tally } from './vitest.tally.ts'

const folders = ['packages', 'apps'].flatMap((group) => readdirSync(group).map((name) => `${group}/${name}`))

const LIMIT_MS = 20 * 60_000

export default defineConfig({
  test: {
    reporters: ['default', new Tally()],
    // A limit finds what hangs and must not find a busy machine: no test is near it under any load.
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    projects: folders
      .filter((folder) => existsSync(`${folder}/test`))
      .map((folder) => ({
        extends: true,
        test: { name: folder, include: [`${folder}/test/**/*.test.ts`] },
      })),
  },
})
