import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { adapters } from './adapters.ts'
import { LONG } from './tier.ts'

const run = promisify(execFile)
const there = adapters.some(({ id }) => id === 'lavapipe')

/** Each takes seconds: the first tier has the narrowest one. */
const WIDTHS = LONG ? [128, 256, 512] : [128]

test.skipIf(!there).each(WIDTHS)(
  'on lavapipe with vectors of %i bits the arithmetic is exact (skipped without lavapipe)',
  async (width) => {
    const env = { ...process.env, LP_NATIVE_VECTOR_WIDTH: `${width}` }
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'vector-width.mjs')], { env })
    const { name, arithmetic, wrong } = JSON.parse(stdout) as Record<string, unknown>
    expect(name).toContain(`${width} bits`)
    expect(arithmetic).toBe('exact')
    expect(wrong).toEqual([])
  },
)
