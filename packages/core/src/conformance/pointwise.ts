import type { Constants, TensorSpec } from '../kernel/spec.ts'
import { toFloat16 } from '../numerics/index.ts'
import { elements, tensor, type Shape, type Tensor } from '../tensor/tensor.ts'
import type { Random } from '../statistics/random.ts'
import {
  ACTIVATION_DTYPE,
  PRECISIONS,
  randomFloats,
  randomTensor,
  specOf,
  type ConformanceCase,
} from './case.ts'

const SHAPES: readonly Shape[] = [
  [1, 1, 1, 1],
  [2, 3, 5, 7],
  [1, 8, 4, 4],
  [1, 4, 3, 1],
  [2, 12, 3, 2],
  [1, 3, 4, 4],
  [3, 10],
]

/** Shapes that are joined, and the axis. */
const JOINS: readonly (readonly [title: string, axis: number, ...shapes: Shape[]])[] = [
  ['ragged channels', 1, [2, 3, 5, 4], [2, 6, 5, 4]],
  ['whole blocks of channels', 1, [1, 8, 3, 3], [1, 4, 3, 3]],
  ['three', 1, [1, 1, 2, 5], [1, 2, 2, 5], [1, 5, 2, 5]],
  ['rows', 2, [2, 5, 3, 4], [2, 5, 1, 4]],
  ['columns', 3, [1, 3, 2, 4], [1, 3, 2, 3]],
  ['features', 1, [3, 7], [3, 10]],
  ['images', 0, [1, 5, 2, 2], [2, 5, 2, 2]],
]

const FUNCTIONS: readonly (
  | { op: 'Sigmoid' | 'HardSwish' }
  | { op: 'HardSigmoid'; alpha: number; beta: number }
)[] = [{ op: 'Sigmoid' }, { op: 'HardSwish' }, { op: 'HardSigmoid', alpha: Math.fround(0.2), beta: 0.5 }]

/** Mul, Concat and the activation functions. */
export function* pointwiseCases(random: Random): Generator<ConformanceCase> {
  for (const precision of PRECISIONS) {
    const dtype = ACTIVATION_DTYPE[precision]
    const integer = precision === 'int8'
    for (const shape of SHAPES) {
      const spec = specOf(dtype, shape)
      const title = shape.join('x')
      const factor = specOf(dtype, [shape[0], shape[1], 1, 1])
      for (const b of shape.length === 4 && elements(shape) > 1 ? [spec, factor] : [spec])
        yield {
          name: `Mul ${precision}: ${title}${b === spec ? '' : ', one factor a channel'}`,
          spec: { op: 'Mul', inputs: [spec, b], output: spec },
          constants: integer ? mulConstants(random) : { kind: 'clamp', clamp: [-1, 3] },
          inputs: [randomTensor(random, spec), randomTensor(random, b)],
        }
      for (const activation of FUNCTIONS)
        yield {
          name: `${activation.op} ${precision}: ${title}`,
          spec: { ...activation, inputs: [spec], output: spec },
          constants: integer ? { kind: 'int-table', table: tableOf(random, 1) } : { kind: 'none' },
          inputs: [integer ? randomTensor(random, spec) : wide(random, spec)],
        }
    }
    for (const [title, axis, ...shapes] of JOINS) {
      const inputs = shapes.map((shape) => specOf(dtype, shape))
      const total = shapes.reduce((sum, shape) => sum + shape[axis], 0)
      const output = specOf(
        dtype,
        shapes[0].map((size, at) => (at === axis ? total : size)),
      )
      const tables = tableOf(random, shapes.length)
      yield {
        name: `Concat ${precision}: ${title}`,
        spec: { op: 'Concat', inputs, output, axis },
        constants: integer ? { kind: 'int-concat', tables } : { kind: 'none' },
        inputs: inputs.map((spec) => randomTensor(random, spec)),
      }
    }
  }
}

/** Floats in [-12, 12): past where the functions bend and settle. */
function wide(random: Random, { dtype, shape }: TensorSpec): Tensor {
  const floats = randomFloats(random, elements(shape)).map((value) => 6 * value)
  return dtype === 'float16' ? tensor('float16', shape, toFloat16(floats)) : tensor('float32', shape, floats)
}

function mulConstants(random: Random): Constants {
  const side = (): { scale: number; zeroPoint: number } => ({
    scale: Math.fround(0.01 + random.uniform() * 0.02),
    zeroPoint: random.below(256) - 128,
  })
  const [a, b] = [side(), side()]
  return {
    kind: 'int-mul',
    a,
    b,
    inverseScale: Math.fround(1 / 0.03),
    outputZeroPoint: 21,
    clamp: [-120, 127],
  }
}

/** Tables of no function in particular: any entry that is taken wrongly shows. */
function tableOf(random: Random, count: number): Int8Array {
  return Int8Array.from({ length: 256 * count }, () => random.below(256) - 128)
}
