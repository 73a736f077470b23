import type { QuantizeLinearSpec } from '@octet/core'
import { nanIn } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { WITHOUT_NAN } from '../wgsl/output.ts'
import { between } from './dtypes.ts'
import { elementwise, outputOf } from './elementwise.ts'
import { floatElementOf, type Kernel } from './kernel.ts'
import type { Op } from './op.ts'

/** By multiplication with the inverse scale; NaN as 0. */
export const quantizeLinear: Op<'QuantizeLinear'> = {
  build,
  dtypes: between(true, false, 'quantizes floats to int8'),
}

function build(spec: QuantizeLinearSpec, features: Features): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const output = outputOf(spec, features)
  return elementwise<'quantize'>(spec, {
    kind: 'quantize',
    inputs: { x },
    output: output.element,
    scalars: { ...output.scalars, inverseScale: 'f32' },
    functions: [
      ...output.functions,
      WITHOUT_NAN,
      `
fn scaled(q: ${x.storage}) -> vec4<f32> {
  return withoutNaN(${x.decode}(q) * scalars.inverseScale, ${nanIn(x, 'q')});
}`,
    ],
    result: (operand) => `emit(scaled(${operand('x')}), block)`,
    pack: ({ inverseScale, zeroPoint, clamp }) => ({
      scalars: { ...output.values(clamp, zeroPoint), inverseScale },
    }),
  })
}
