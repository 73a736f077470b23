import type { DequantizeLinearSpec, NormalizeSpec, QuantizeLinearSpec } from '@octet/core'
import { nanIn } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { HOLD, outputStage, WITHOUT_NAN } from '../wgsl/output.ts'
import { elementwise, type Operand } from './elementwise.ts'
import { elementOf, extentOf, floatElementOf, type ConstantsOf, type Kernel, type Packed } from './kernel.ts'

/**
 * Normalize: (x - offset) * scale, one offset and scale a channel; to int8 it is quantized at once, NaN as 0. Every
 * result but the last is held, so that no compiler can multiply the offset through, or join the two factors.
 */
export function normalize(spec: NormalizeSpec, features: Features): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const { c, c4, padding } = extentOf(spec.output)
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features), padding)
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

/** QuantizeLinear by multiplication with the inverse scale; NaN as 0. */
export function quantizeLinear(spec: QuantizeLinearSpec, features: Features): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const output = outputStage('int8', elementOf(spec.output, features), extentOf(spec.output).padding)
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

/** DequantizeLinear: the difference is exact in float32, the product rounds once. */
export function dequantizeLinear(spec: DequantizeLinearSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const output = outputStage(
    spec.output.dtype,
    elementOf(spec.output, features),
    extentOf(spec.output).padding,
  )
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
