import type { Constants, OpSpec } from '../kernel/spec.ts'
import { toFloat16 } from '../numerics/index.ts'
import { elements, tensor, type Shape, type Tensor } from '../tensor/tensor.ts'
import { ACTIVATION_DTYPE, specOf, type ConformanceCase } from './case.ts'
import { convSpec, gemmSpec } from './layer.ts'

const CLAMP = [-128, 127] as const
const HELD = { kind: 'clamp', clamp: [-1, 1.5] } as const

/** NaN of both signs, quiet and signaling, of the smallest and the largest payload. */
const NANS = {
  float32: [0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff],
  float16: [0x7e00, 0xfe00, 0x7c01, 0xfc01, 0x7fff, 0xffff],
} as const

/**
 * A NaN among numbers: what a dropped reading is. To int8 it counts as 0; between floats it stays NaN, whatever
 * bounds hold an output. WGSL lets compilers assume that there is none.
 */
export function* nanCases(): Generator<ConformanceCase> {
  for (const precision of ['fp32', 'fp16'] as const) {
    const dtype = ACTIVATION_DTYPE[precision] as keyof typeof NANS
    const image = specOf(dtype, [2, 5, 4, 6])
    const row = specOf(dtype, [3, 10])
    const [x, other] = [withNaN(dtype, image.shape, 0), withNaN(dtype, image.shape, 3)]
    const window = { kernel: [2, 3], strides: [2, 3], pads: [0, 0, 0, 0], dilations: [1, 1] } as const
    const pooled = { inputs: [image], output: specOf(dtype, [2, 5, 2, 2]), ...window }
    const pair = { inputs: [image, image], output: image }
    const none = { kind: 'none' } as const
    const conv = convSpec({ title: '', x: [2, 5, 4, 6], outputs: 6, kernel: [1, 1] }, precision)
    const cases: readonly (readonly [OpSpec, Constants, readonly Tensor[]])[] = [
      [{ op: 'Clip', inputs: [image], output: image }, HELD, [x]],
      [{ op: 'MaxPool', ...pooled }, none, [x]],
      [{ op: 'AveragePool', ...pooled, countIncludePad: false }, HELD, [x]],
      [{ op: 'Add', ...pair }, HELD, [x, other]],
      [{ op: 'Mul', ...pair }, HELD, [x, other]],
      [{ op: 'Sigmoid', inputs: [image], output: image }, none, [x]],
      [{ op: 'HardSwish', inputs: [image], output: image }, none, [x]],
      [{ op: 'HardSigmoid', alpha: 0.25, beta: 0.5, inputs: [image], output: image }, none, [x]],
      [{ op: 'Softmax', inputs: [row], output: row }, none, [withNaN(dtype, row.shape, 0)]],
      [conv, weights(dtype, [6, 5, 1, 1]), [x]],
      [gemmSpec(3, 10, 7, precision), weights(dtype, [7, 10]), [withNaN(dtype, row.shape, 0)]],
    ]
    for (const [spec, constants, inputs] of cases)
      yield { name: `${spec.op} ${precision}: NaN stays NaN`, spec, constants, inputs }
    yield {
      name: `QuantizeLinear int8: NaN as 0${dtype === 'float16' ? ', halves' : ''}`,
      spec: { op: 'QuantizeLinear', inputs: [image], output: specOf('int8', image.shape) },
      constants: { kind: 'quantize', inverseScale: 50, zeroPoint: -37, clamp: CLAMP },
      inputs: [x],
    }
  }
  yield* normalized()
}

function* normalized(): Generator<ConformanceCase> {
  const image = specOf('float32', [2, 5, 4, 6])
  const map = { offset: Float32Array.of(1.25), scale: Float32Array.of(0.5) }
  for (const [precision, dtype] of [
    ['fp32', 'float32'],
    ['fp16', 'float16'],
    ['int8', 'int8'],
  ] as const)
    yield {
      name: `Normalize ${precision}: NaN ${dtype === 'int8' ? 'as 0' : 'stays NaN'}`,
      spec: { op: 'Normalize', inputs: [image], output: specOf(dtype, image.shape) },
      constants:
        dtype === 'int8'
          ? { kind: 'normalize-quantize', ...map, inverseScale: 50, zeroPoint: 21, clamp: CLAMP }
          : { kind: 'normalize', ...map },
      inputs: [withNaN('float32', image.shape, 0)],
    }
}

/** Numbers, but every 23rd from `first` on a NaN. */
function withNaN(dtype: keyof typeof NANS, shape: Shape, first: number): Tensor {
  const nans = NANS[dtype]
  const numbers = floats(dtype, shape)
  const words = dtype === 'float16' ? numbers.data : new Uint32Array(numbers.data.buffer)
  for (let i = first; i < words.length; i += 23) words[i] = nans[i % nans.length]
  return numbers
}

/** Multiples of 1/16 in [-2, 2), which halves hold. */
function floats(dtype: keyof typeof NANS, shape: Shape): Tensor<'float32'> | Tensor<'float16'> {
  const values = Float32Array.from({ length: elements(shape) }, (_, i) => ((i * 29) % 64) / 16 - 2)
  return dtype === 'float16' ? tensor('float16', shape, toFloat16(values)) : tensor('float32', shape, values)
}

function weights(dtype: keyof typeof NANS, shape: Shape): Constants {
  return {
    kind: 'float-weights',
    weight: floats(dtype, shape),
    bias: new Float32Array(shape[0]).fill(0.25),
    clamp: HELD.clamp,
  }
}
