import type { DType } from '../tensor/dtype.ts'
import { elements, type Shape, type Tensor } from '../tensor/tensor.ts'
import { floatTensor, specOf, type Case } from './case.ts'
import { PRECISION } from '../numerics/index.ts'
import type { Constants, SpecOf, TensorSpec } from './spec.ts'

/** Bounds that clamp some of the numbers below. */
export const HELD = { kind: 'clamp', clamp: [-1, 1.5] } as const

/** NaN of both signs, quiet and signaling, of the smallest and the largest payload. */
const NANS = {
  float32: [0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff],
  float16: [0x7e00, 0xfe00, 0x7c01, 0xfc01, 0x7fff, 0xffff],
} as const

/**
 * Cases with NaN among numbers, such as a dropped reading gives. Between floats NaN stays NaN, whatever the bounds of
 * the output. WGSL lets compilers assume that there is no NaN. `make` returns a spec that reads an image [2,5,4,6] or a
 * row [3,10], in FP32 and in FP16.
 */
export function* nanCases<S extends SpecOf<string>>(
  make: (x: {
    readonly precision: 'fp32' | 'fp16'
    readonly image: TensorSpec
    readonly row: TensorSpec
  }) => readonly [spec: S, constants: Constants],
): Generator<Case<S>> {
  for (const precision of ['fp32', 'fp16'] as const) {
    const dtype = PRECISION[precision].dtype
    const [spec, constants] = make({
      precision,
      image: specOf(dtype, [2, 5, 4, 6]),
      row: specOf(dtype, [3, 10]),
    })
    const inputs = spec.inputs.map((input, i) => withNaN(input.dtype, input.shape, 3 * i))
    yield { name: `${spec.op} ${precision}: NaN stays NaN`, spec, constants, inputs }
  }
}

/** Numbers, with NaN at every 23rd position from `first` on. */
export function withNaN(dtype: DType, shape: Shape, first: number): Tensor {
  const numbers = sixteenths(dtype, shape)
  const half = numbers.dtype === 'float16'
  const nans = NANS[numbers.dtype]
  const words = half ? numbers.data : new Uint32Array(numbers.data.buffer)
  for (let i = first; i < words.length; i += 23) words[i] = nans[i % nans.length]
  return numbers
}

/** Multiples of 1/16 in [-2, 2), which halves hold exactly. */
export function sixteenths(dtype: DType, shape: Shape): Tensor<'float32'> | Tensor<'float16'> {
  const values = Float32Array.from({ length: elements(shape) }, (_, i) => ((i * 29) % 64) / 16 - 2)
  return floatTensor(dtype, shape, values)
}
