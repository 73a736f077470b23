import type { DequantizeLinearSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { between } from './dtypes.ts'
import { elementwise, outputOf } from './elementwise.ts'
import { elementOf, type Kernel } from './kernel.ts'
import type { Op } from './op.ts'

/** The difference is exact in float32, so only the product rounds. */
export const dequantizeLinear: Op<'DequantizeLinear'> = {
  build,
  dtypes: between(false, true, 'dequantizes int8 to floats'),
}

function build(spec: DequantizeLinearSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const output = outputOf(spec, features)
  return elementwise<'dequantize'>(spec, {
    kind: 'dequantize',
    inputs: { x },
    output: output.element,
    scalars: { ...output.scalars, scale: 'f32', zeroPoint: 'i32' },
    functions: output.functions,
    result: (operand) =>
      `emit(vec4<f32>(${x.decode}(${operand('x')}) - scalars.zeroPoint) * scalars.scale, block)`,
    pack: ({ scale, zeroPoint }) => ({
      scalars: { ...output.values([-Infinity, Infinity]), scale, zeroPoint },
    }),
  })
}
