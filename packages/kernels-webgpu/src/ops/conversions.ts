import type { DequantizeLinearSpec, NormalizeSpec, QuantizeLinearSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { LARGEST_FLOAT32, outputStage } from '../wgsl/output.ts'
import { elementwise, type Operand } from './elementwise.ts'
import { elementOf, extentOf, type ConstantsOf, type Kernel, type Packed } from './kernel.ts'

/**
 * Normalize: (x - offset) * scale, one offset and scale a channel; to int8 it is quantized at once. What is normalized is
 * held to finite values by a bound from a buffer, as a Normalize of its own would, so no compiler can join the two factors.
 */
export function normalize(spec: NormalizeSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const { c, c4 } = extentOf(spec.output)
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features))
  const normalized = (operand: Operand) => `(${x.decode}(${operand('x')}) - offset[block]) * scale[block]`
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
    functions: output.functions,
  }
  if (spec.output.dtype !== 'int8')
    return elementwise<'normalize'>(spec, {
      ...shared,
      kind: 'normalize',
      scalars: output.scalars,
      result: (operand) => `emit(${normalized(operand)}, block)`,
      pack: (constants) => ({
        scalars: output.values([-Infinity, Infinity]),
        tables: tables(constants),
      }),
    })
  return elementwise<'normalize-quantize'>(spec, {
    ...shared,
    kind: 'normalize-quantize',
    scalars: { ...output.scalars, bound: 'f32', inverseScale: 'f32' },
    result: (operand) =>
      `emit(clamp(${normalized(operand)}, vec4<f32>(-scalars.bound), vec4<f32>(scalars.bound)) * scalars.inverseScale, block)`,
    pack: (constants) => ({
      scalars: {
        ...output.values(constants.clamp, constants.zeroPoint),
        bound: LARGEST_FLOAT32,
        inverseScale: constants.inverseScale,
      },
      tables: tables(constants),
    }),
  })
}

/** QuantizeLinear by multiplication with the inverse scale. */
export function quantizeLinear(spec: QuantizeLinearSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const output = outputStage('int8', elementOf(spec.output, features))
  return elementwise<'quantize'>(spec, {
    kind: 'quantize',
    inputs: { x },
    output: output.element,
    scalars: { ...output.scalars, inverseScale: 'f32' },
    functions: output.functions,
    result: (operand) => `emit(${x.decode}(${operand('x')}) * scalars.inverseScale, block)`,
    pack: ({ inverseScale, zeroPoint, clamp }) => ({
      scalars: { ...output.values(clamp, zeroPoint), inverseScale },
    }),
  })
}

/** DequantizeLinear: the difference is exact in float32, the product rounds once. */
export function dequantizeLinear(spec: DequantizeLinearSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features))
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

/** One value a channel, from one for all or one for each; 0 in padding lanes. */
function perChannel(values: Float32Array, channels: number, blocks: number): Packed {
  const packed = new Float32Array(blocks * 4)
  for (let c = 0; c < channels; c++) packed[c] = values[values.length === 1 ? 0 : c]
  return packed
}
