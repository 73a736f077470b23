import type { NormalizeSpec } from '@octet/core'
import { nanIn } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { HOLD, WITHOUT_NAN } from '../wgsl/output.ts'
import { between } from './dtypes.ts'
import { elementwise, outputOf, type Operand } from './elementwise.ts'
import { extentOf, floatElementOf, type ConstantsOf, type Kernel, type Packed } from './kernel.ts'
import type { Op } from './op.ts'

/**
 * (x - offset) * scale, with one offset and scale per channel. An int8 output is quantized in the same pass, with NaN
 * as 0. Every result except the last is held, so that no compiler can multiply the offset through, or combine the two
 * factors.
 */
export const normalize: Op<'Normalize'> = { build, dtypes: between(true, undefined, 'normalizes floats') }

function build(spec: NormalizeSpec, features: Features): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const { c, c4 } = extentOf(spec.output)
  const output = outputOf(spec, features)
  const tables = ({ offset, scale }: Pick<ConstantsOf<'normalize'>, 'offset' | 'scale'>) => [
    perChannel(offset, c, c4),
    perChannel(scale, c, c4),
  ]
  const shared = {
    inputs: { x },
    output: output.element,
    placed: c4 > 1,
    tables: [
      { name: 'offset', type: 'vec4<f32>' },
      { name: 'scale', type: 'vec4<f32>' },
    ],
    scalars: { ...output.scalars, ...HOLD.scalars },
  }
  const functions = (result: string) => [
    ...output.functions,
    HOLD.wgsl,
    `
fn normalized(q: ${x.storage}, block: u32) -> vec4<f32> {
  let v = hold(${x.decode}(q) - offset[block]) * scale[block];
  return ${result};
}`,
  ]
  const result = (operand: Operand) => `emit(normalized(${operand('x')}, block), block)`
  if (spec.output.dtype !== 'int8')
    return elementwise<'normalize'>(spec, {
      ...shared,
      kind: 'normalize',
      functions: functions(`withNaN(v, ${nanIn(x, 'q')})`),
      result,
      pack: (constants) => ({
        scalars: { ...output.values([-Infinity, Infinity]), ...HOLD.values },
        tables: tables(constants),
      }),
    })
  return elementwise<'normalize-quantize'>(spec, {
    ...shared,
    kind: 'normalize-quantize',
    scalars: { ...shared.scalars, inverseScale: 'f32' },
    functions: [...functions(`withoutNaN(hold(v) * scalars.inverseScale, ${nanIn(x, 'q')})`), WITHOUT_NAN],
    result,
    pack: (constants) => ({
      scalars: {
        ...output.values(constants.clamp, constants.zeroPoint),
        ...HOLD.values,
        inverseScale: constants.inverseScale,
      },
      tables: tables(constants),
    }),
  })
}

/** One value per channel, from one value for all or one value for each. 0 in padding lanes. */
function perChannel(values: Float32Array, channels: number, blocks: number): Packed {
  const packed = new Float32Array(blocks * 4)
  for (let c = 0; c < channels; c++) packed[c] = values[values.length === 1 ? 0 : c]
  return packed
}
