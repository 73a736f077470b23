import type { OpSpec, TensorSpec } from '@octet/core'
import { hash } from '../cache/hash.ts'
import { isMatrixName } from '../ops/contract/matrix.ts'
import { plan } from '../ops/plan.ts'
import type { MatrixConfig, Target } from '../wgsl/target.ts'

/** What is tried by itself, so that a fault in one says nothing of the others. */
export type Component = MatrixConfig['component']

/** A kind of subgroup matrices that shaders make use of on an adapter. */
export interface Kind {
  readonly component: Component
  /** Changes with the shaders that use it. */
  readonly shaders: string
}

const DTYPES = { f32: 'float32', f16: 'float16', i8: 'int8' } as const

/** The kinds that an adapter offers and that some shader here uses. */
export function kindsOf(target: Target, offered: readonly MatrixConfig[]): Kind[] {
  return (['f32', 'f16', 'i8'] as const).flatMap((component) => {
    const code = shadersBy(component, {
      ...target,
      matrices: offered.filter((config) => config.component === component),
    })
    return code.length === 0 ? [] : [{ component, shaders: hash(code.join('\n')) }]
  })
}

/** Shaders that stand for all: of every tile, with and without windows, correction and 4-bit weights. */
function shadersBy(component: keyof typeof DTYPES, target: Target): string[] {
  return specsOf(DTYPES[component]).flatMap((spec) => {
    const choices = plan(spec, target)
    if ('reason' in choices) return []
    return choices.filter(({ name }) => isMatrixName(name)).map((variant) => variant.build().code)
  })
}

function specsOf(dtype: 'float32' | 'float16' | 'int8'): OpSpec[] {
  const of = (...shape: number[]): TensorSpec => ({ dtype, shape })
  const plain = { weightZeroPoints: false }
  const traits =
    dtype === 'int8' ? [plain, { weightZeroPoints: true }, { ...plain, weightBits: 4 as const }] : [plain]
  return traits.flatMap((weights): OpSpec[] => [
    { op: 'Gemm', inputs: [of(256, 64)], output: of(256, 256), ...weights },
    {
      op: 'Conv',
      inputs: [of(1, 20, 16, 16)],
      output: of(1, 256, 16, 16),
      kernel: [3, 3],
      strides: [1, 1],
      pads: [1, 1, 1, 1],
      dilations: [1, 1],
      group: 1,
      ...weights,
    },
  ])
}
