import type { GemmSpec } from '@octet/core'
import type { Variant } from '../src/ops/op.ts'

/** A product of [m, k] by [k, n]. */
export function gemm(m: number, k: number, n: number, dtype: 'float32' | 'int8' = 'int8'): GemmSpec {
  const of = (shape: [number, number]) => ({ dtype, shape })
  return { op: 'Gemm', inputs: [of([m, k])], output: of([m, n]), weightZeroPoints: false }
}

/** Variants that are told by their names alone. */
export function variantsNamed(...names: string[]): Variant[] {
  return names.map((name) => ({
    name,
    build: () => ({ code: `// ${name}`, workgroups: [1, 1, 1], weightBytes: [], pack: () => [] }),
  }))
}
