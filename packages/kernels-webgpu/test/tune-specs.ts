import type { GemmSpec } from '@octet/core'
import type { Kernel } from '../src/ops/kernel.ts'
import type { Variant } from '../src/ops/op.ts'

/** A product of [m, k] by [k, n]. */
export function gemm(m: number, k: number, n: number, dtype: 'float32' | 'int8' = 'int8'): GemmSpec {
  const of = (shape: [number, number]) => ({ dtype, shape })
  return { op: 'Gemm', inputs: [of([m, k])], output: of([m, n]), weightZeroPoints: false }
}

const WORD = { storage: 'u32', value: 'vec4<i32>', decode: '', encode: '', wgsl: '' } as const
const NOTHING: Kernel = {
  code: '',
  workgroups: [1, 1, 1],
  weightBytes: [],
  source: {
    title: '',
    about: [],
    inputs: {},
    output: WORD,
    scalars: {},
    tables: [],
    functions: [],
    body: '',
  },
  pack: () => [],
}

/** Variants that are told by their names alone. */
export function variantsNamed(...names: string[]): Variant[] {
  return names.map((name) => ({
    name,
    build: () => ({ ...NOTHING, code: `// ${name}` }),
  }))
}
