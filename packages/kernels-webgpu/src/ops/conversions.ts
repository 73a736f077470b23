import type { DequantizeLinearSpec, NormalizeSpec, QuantizeLinearSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { HOLD, outputStage, WITH_NAN } from '../wgsl/output.ts'
import { elementwise, type Operand } from './elementwise.ts'
import { elementOf, extentOf, floatElementOf, type ConstantsOf, type Kernel, type Packed } from './kernel.ts'

/**
 * Normalize: (x - offset) * scale, one offset and scale a channel; to int8 it is quantized at once, NaN as 0. Every result but the
 * last is held, so that no compiler can multiply the offset through, or join the two factors.
 */
export function normalize(spec: NormalizeSpec, features: Features): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const { c, c4 } = extentOf(spec.output)
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features))
  const normalized = (operand: Operand) => `hold(${x.decode}(${operand('x')}) - offset[block]) * scale[block]`
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
    functions: [...output.functions, HOLD.wgsl],
  }
  if (spec.output.dtype !== 'int8')
    return elementwise<'normalize'>(spec, {
      ...shared,
      kind: 'normalize',
      functions: [...shared.functions, WITH_NAN],
      result: (operand) => `emit(withNaN(${normalized(operand)}, ${x.isNaN}(${operand('x')})), block)`,
      pack: (constants) => ({
        scalars: { ...output.values([-Infinity, Infinity]), ...HOLD.values },
        tables: tables(constants),
      }),
    })
  return elementwise<'normalize-quantize'>(spec, {
    ...shared,
    kind: 'normalize-quantize',
    scalars: { ...shared.scalars, inverseScale: 'f32' },
    result: (operand) => {
      const value = `hold(${normalized(operand)}) * scalars.inverseScale`
      return `emit(select(${value}, vec4<f32>(), ${x.isNaN}(${operand('x')})), block)`
    },
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

/** QuantizeLinear by multiplication with the inverse scale; NaN as 0. */
export function quantizeLinear(spec: QuantizeLinearSpec, features: Features): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const output = outputStage('int8', elementOf(spec.output, features))
  return elementwise<'quantize'>(spec, {
    kind: 'quantize',
    inputs: { x },
    output: output.element,
    scalars: { ...output.scalars, inverseScale: 'f32' },
    functions: output.functions,
    result: (operand) => {
      const value = `${x.decode}(${operand('x')}) * scalars.inverseScale`
      return `emit(select(${value}, vec4<f32>(), ${x.isNaN}(${operand('x')})), block)`
    },
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
