import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { Tally } from './vitest.tally.ts'

/** A limit finds what hangs and must not find a busy machine: no test comes near it under any load. */
const LIMIT_MS = 20 * 60_000

const packages = ['packages', 'apps'].flatMap((group) => readdirSync(group).map((name) => `${group}/${name}`))
const projects = [...packages.filter((folder) => existsSync(`${folder}/test`)), '.']

/**
 * Packages whose tests replace no module and leave nothing of their process changed: their files share workers, and
 * what one has imported the next need not.
 */
const SHARING = new Set([
  ...['bench', 'core', 'kernels-wasm', 'onnx', 'results', 'train', 'workloads'].map(
    (name) => `packages/${name}`,
  ),
  'apps/report',
])

/**
 * `vitest run` is the first tier; `vitest run --mode long` sets OCTET_TESTS=long, by which tests go through all they
 * know.
 */
export default defineConfig(({ mode }) => ({
  test: {
    reporters: ['default', new Tally()],
    globalSetup: './vitest.temporary.ts',
    // Tests wait for browsers and for processes that they start: one more than cores leaves none of them idle.
    maxWorkers: availableParallelism() + 1,
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    teardownTimeout: LIMIT_MS,
    env: mode === 'long' ? { OCTET_TESTS: 'long' } : {},
    projects: projects.map((folder) => ({
      extends: true,
      test: {
        name: folder === '.' ? 'repository' : folder,
        isolate: !SHARING.has(folder),
        include: [`${folder === '.' ? '' : `${folder}/`}test/**/*.test.ts`],
      },
    })),
  },
}))
