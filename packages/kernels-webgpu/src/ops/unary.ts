import type { ActivationSpec } from '@octet/core'
import { nanIn } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { keepLanes, WITH_NAN } from '../wgsl/output.ts'
import { kept } from './dtypes.ts'
import { elementwise } from './elementwise.ts'
import { elementOf, extentOf, floatElementOf, type Kernel } from './kernel.ts'
import type { Op } from './op.ts'
import { LOOK_UP, packEntries, TABLE } from './table.ts'

type Name = ActivationSpec['op']

/**
 * Functions of one number, as WGSL of v in float32; `HardSigmoid` has scalars of its own. The power's bound keeps exp
 * within float32; beyond it the result is a subnormal anyway.
 */
export const UNARY: { readonly [N in Name]?: Op<N> } = {
  Sigmoid: unary('1.0 / (1.0 + exp(min(-v, vec4<f32>(88.0))))'),
  HardSigmoid: unary('clamp(scalars.alpha * v + scalars.beta, vec4<f32>(), vec4<f32>(1.0))'),
  HardSwish: unary('v * clamp(v + 3.0, vec4<f32>(), vec4<f32>(6.0)) / 6.0'),
}

function unary(formula: string): Op<Name> {
  return {
    build: (spec, features) =>
      spec.output.dtype === 'int8' ? byTable(spec, features) : byFormula(spec, features, formula),
    dtypes: kept,
    isInexact: true,
  }
}

/** int8 through the table that the host made of the function. */
function byTable(spec: ActivationSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  return elementwise<'int-table'>(spec, {
    kind: 'int-table',
    inputs: { x },
    output: y,
    scalars: {},
    tables: [TABLE],
    functions: [keepLanes(y, extentOf(spec.output).padding), LOOK_UP],
    result: (operand) => `${y.encode}(keep(lookUp(${x.decode}(${operand('x')}), 0u), block))`,
    pack: ({ table }) => ({ scalars: {}, tables: [packEntries(table)] }),
  })
}

function byFormula(spec: ActivationSpec, features: Features, formula: string): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  const hasLine = 'alpha' in spec
  return elementwise<'none'>(spec, {
    kind: 'none',
    inputs: { x },
    output: y,
    scalars: hasLine ? { alpha: 'f32', beta: 'f32' } : {},
    functions: [
      keepLanes(y, extentOf(spec.output).padding),
      WITH_NAN,
      `
fn activated(q: ${x.storage}) -> vec4<f32> {
  let v = ${x.decode}(q);
  return withNaN(${formula}, ${nanIn(x, 'q')});
}`,
    ],
    result: (operand) => `${y.encode}(keep(activated(${operand('x')}), block))`,
    pack: () => ({
      scalars: hasLine ? { alpha: spec.alpha, beta: spec.beta } : {},
    }),
  })
}
