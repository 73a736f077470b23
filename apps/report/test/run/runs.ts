import { readFileSync } from 'node:fs'
import { parseRun, type Run } from '@octet/results'
import { syntheticRun } from './synthetic.ts'

const REAL = new URL('../fixtures/run.json', import.meta.url)

/**
 * The runs that every view is tested with: one that a real sweep wrote, and the synthetic one with every state in it.
 */
export const RUNS: readonly (readonly [name: string, run: Run])[] = [
  ['a real sweep', parseRun(JSON.parse(readFileSync(REAL, 'utf8')))],
  ['the synthetic run', parseRun(syntheticRun())],
]
