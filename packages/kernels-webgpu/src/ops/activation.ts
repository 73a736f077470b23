import type { ActivationSpec } from '@octet/core'
import { nanIn } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { keepLanes, WITH_NAN } from '../wgsl/output.ts'
import { elementwise } from './elementwise.ts'
import { elementOf, extentOf, floatElementOf, type Kernel } from './kernel.ts'
import { LOOK_UP, packEntries, TABLE } from './table.ts'

/** Sigmoid, HardSigmoid and HardSwish: the function in float32, or the table that the host made of it for int8. */
export function activation(spec: ActivationSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  const { padding } = extentOf(spec.output)
  const shared = { inputs: { x }, output: y }
  if (spec.output.dtype === 'int8')
    return elementwise<'int-table'>(spec, {
      ...shared,
      kind: 'int-table',
      scalars: {},
      tables: [TABLE],
      functions: [keepLanes(y, padding), LOOK_UP],
      result: (operand) => `${y.encode}(keep(lookUp(${x.decode}(${operand('x')}), 0u), block))`,
      pack: ({ table }) => ({ scalars: {}, tables: [packEntries(table)] }),
    })
  const float = floatElementOf(spec.inputs[0], features)
  return elementwise<'none'>(spec, {
    ...shared,
    kind: 'none',
    scalars: spec.op === 'HardSigmoid' ? { alpha: 'f32', beta: 'f32' } : {},
    functions: [
      keepLanes(y, padding),
      WITH_NAN,
      `
fn activated(q: ${float.storage}) -> vec4<f32> {
  let v = ${float.decode}(q);
  return withNaN(${FORMULAE[spec.op]}, ${nanIn(float, 'q')});
}`,
    ],
    result: (operand) => `${y.encode}(keep(activated(${operand('x')}), block))`,
    pack: () => ({
      scalars: spec.op === 'HardSigmoid' ? { alpha: spec.alpha, beta: spec.beta } : {},
    }),
  })
}

/** From v. The power's bound keeps exp within float32; beyond it the result is a subnormal anyway. */
const FORMULAE: { readonly [Op in ActivationSpec['op']]: string } = {
  Sigmoid: '1.0 / (1.0 + exp(min(-v, vec4<f32>(88.0))))',
  HardSigmoid: 'clamp(scalars.alpha * v + scalars.beta, vec4<f32>(), vec4<f32>(1.0))',
  HardSwish: 'v * clamp(v + 3.0, vec4<f32>(), vec4<f32>(6.0)) / 6.0',
}
