import { hash } from '../cache/hash.ts'
import { sampleSpecs } from '../ops/contract/contract.ts'
import { isMatrixName } from '../ops/contract/matrix.ts'
import { plan } from '../ops/plan.ts'
import type { MatrixConfig, Target } from '../wgsl/target.ts'

/** The component kinds. Each is tried separately, so that a fault in one kind does not affect the others. */
export type Component = MatrixConfig['component']

/** A kind of subgroup matrices that shaders use on an adapter. */
export interface Kind {
  readonly component: Component
  /** A hash that changes with the shaders that use this kind. */
  readonly shaders: string
}

const DTYPES = { f32: 'float32', f16: 'float16', i8: 'int8' } as const

/** The kinds that an adapter offers and that at least one shader of this package uses. */
export function kindsOf(target: Target, offered: readonly MatrixConfig[]): Kind[] {
  return (['f32', 'f16', 'i8'] as const).flatMap((component) => {
    const code = shadersBy(component, {
      ...target,
      matrices: offered.filter((config) => config.component === component),
    })
    return code.length === 0 ? [] : [{ component, shaders: hash(code.join('\n')) }]
  })
}

/** Representative shaders, with every tile of the samples. */
function shadersBy(component: keyof typeof DTYPES, target: Target): string[] {
  return sampleSpecs(DTYPES[component]).flatMap((spec) => {
    const choices = plan(spec, target)
    if ('reason' in choices) return []
    return choices.filter(({ name }) => isMatrixName(name)).map((variant) => variant.build().code)
  })
}
