import type { Random } from '../statistics/random.ts'
import { elements, tensor, type Shape } from '../tensor/tensor.ts'
import { bytePairs, FREE, randomFloats, SHAPES, specOf, WHOLE, type Case } from './case.ts'
import { storeFloat, storeInteger } from './compute/values.ts'
import { expectConstants, type Constants, type SpecOf } from './spec.ts'
import { withNaN } from './nan.ts'
import type { Checks, KernelOp } from './record.ts'
import { PRECISION, PRECISIONS } from '../numerics/index.ts'

/**
 * Raw float32 sensor values -> float32, float16 or int8: (x - offset) * scale along axis 1. Constants: normalize, or
 * normalize-quantize for int8.
 */
export interface NormalizeSpec extends SpecOf<'Normalize'> {}

export const Normalize: KernelOp<NormalizeSpec> = {
  precisions: PRECISIONS,
  sums: () => null,
  compute: (spec, constants, [input], output) => {
    const quantized =
      output.dtype === 'int8' ? expectConstants(spec, constants, 'normalize-quantize') : undefined
    const { offset, scale } = quantized ?? expectConstants(spec, constants, 'normalize')
    const [batch, channels = 1] = spec.inputs[0].shape
    const values = new Float64Array(input.data.length)
    const inner = values.length / (batch * channels)
    for (let i = 0, plane = 0; i < values.length; plane++) {
      const c = plane % channels
      const [by, times] = [offset[offset.length === 1 ? 0 : c], scale[scale.length === 1 ? 0 : c]]
      for (const end = i + inner; i < end; i++) values[i] = Math.fround(input.data[i] - by) * times
    }
    if (quantized === undefined) return storeFloat(output, values, FREE)
    const { inverseScale, zeroPoint, clamp } = quantized
    storeInteger(output, values, { multiplier: inverseScale, zeroPoint, clamp })
  },
  instance: (spec) => constantsOf(spec, Float32Array.of(0.5), Float32Array.of(2), 4, 5),
}

/** The constants for the precision that a spec yields. */
function constantsOf(
  { output }: NormalizeSpec,
  offset: Float32Array,
  scale: Float32Array,
  inverseScale: number,
  zeroPoint: number,
): Constants {
  return output.dtype === 'int8'
    ? { kind: 'normalize-quantize', offset, scale, inverseScale, zeroPoint, clamp: WHOLE }
    : { kind: 'normalize', offset, scale }
}

export const NormalizeChecks: Checks<NormalizeSpec> = { bound: 'exact', cases, ties }

/** Cases with one offset and scale for all channels, with one per channel, and with NaN among the readings. */
function* cases(random: Random): Generator<Case<NormalizeSpec>> {
  for (const shape of SHAPES) {
    const drawn = randomFloats(random, elements(shape))
    const readings = tensor(
      'float32',
      shape,
      drawn.map((value) => Math.round(value * 60)),
    )
    for (const precision of PRECISIONS)
      for (const [title, offset, scale] of [
        ['one offset', Float32Array.of(33.3), Float32Array.of(0.0123)],
        ['by channel', randomFloats(random, shape[1]), randomFloats(random, shape[1])],
      ] as const) {
        const spec = specTo(precision, shape)
        yield {
          name: `Normalize ${precision}: ${shape.join('x')}, ${title}`,
          spec,
          constants: constantsOf(spec, offset, scale, Math.fround(1 / 0.0143), -21),
          inputs: [readings],
        }
      }
  }
  for (const precision of PRECISIONS) {
    const spec = specTo(precision, [2, 5, 4, 6])
    yield {
      name: `Normalize ${precision}: NaN ${precision === 'int8' ? 'as 0' : 'stays NaN'}`,
      spec,
      constants: constantsOf(spec, Float32Array.of(1.25), Float32Array.of(0.5), 50, 21),
      inputs: [withNaN('float32', spec.output.shape, 0)],
    }
  }
}

function specTo(precision: (typeof PRECISIONS)[number], shape: Shape): NormalizeSpec {
  const output = specOf(PRECISION[precision].dtype, shape)
  return { op: 'Normalize', inputs: [specOf('float32', shape)], output }
}

/**
 * 16-bit readings of sensors, a quarter of them in each channel; then each byte in each channel. Some become another
 * integer if a product is reordered or an offset is multiplied through.
 */
function* ties(thin: boolean): Generator<Case<NormalizeSpec>> {
  const { side, number } = bytePairs(thin)
  const wide = specTo('int8', [1, 4, side / 2, side / 2])
  const readings = Float32Array.from({ length: side * side }, (_, place) => number(place))
  const small = 2 ** -10
  const { fround } = Math
  for (const [title, offset, scale, inverseScale] of [
    ['centred', [32767.5], fround(1 / 65535), 255],
    ['in thirds', [30000], fround(1 / 3), fround(0.015)],
    // Offsets of less than half of float32's resolution at these readings, of both signs.
    ['less a trifle', [small / 2, -small / 2, small, -small], 1, 2 ** -9],
  ] as const)
    yield {
      name: `Normalize int8: 16-bit readings, ${title}`,
      spec: wide,
      constants: constantsOf(wide, Float32Array.from(offset), Float32Array.of(scale), inverseScale, 0),
      inputs: [tensor('float32', wide.output.shape, readings)],
    }
  const spec = specTo('int8', [1, 3, 16, 16])
  const every = Float32Array.from({ length: 768 }, (_, i) => i % 256)
  for (const [title, offset, scale, inverseScale] of [
    ['a usual grid', [123.675, 116.28, 103.53], [0.0171, 0.0175, 0.0174], fround(1 / 0.0186)],
    ['next to ties', [0, 1, 128], [1 / 255], 127.5],
  ] as const)
    yield {
      name: `Normalize int8: every byte, ${title}`,
      spec,
      constants: constantsOf(spec, Float32Array.from(offset), Float32Array.from(scale), inverseScale, -14),
      inputs: [tensor('float32', spec.output.shape, every)],
    }
}
