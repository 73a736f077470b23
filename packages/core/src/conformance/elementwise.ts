import type { Constants, Precision } from '../kernel/spec.ts'
import { tensor, type Shape } from '../tensor/tensor.ts'
import type { Random } from '../statistics/random.ts'
import { ACTIVATION_DTYPE, PRECISIONS, randomTensor, specOf, type ConformanceCase } from './case.ts'

const SHAPES: readonly Shape[] = [
  [1, 1, 1, 1],
  [2, 3, 5, 7],
  [1, 8, 4, 4],
  [1, 4, 3, 1],
  [2, 12, 3, 2],
  [1, 3, 4, 4],
  [3, 10],
]

/** Add, Clip, Reshape, Softmax and MatMul. */
export function* elementwiseCases(random: Random): Generator<ConformanceCase> {
  for (const precision of PRECISIONS) {
    const dtype = ACTIVATION_DTYPE[precision]
    for (const shape of SHAPES) {
      const spec = specOf(dtype, shape)
      const title = shape.join('x')
      const inputs = [randomTensor(random, spec), randomTensor(random, spec)]
      yield {
        name: `Add ${precision}: ${title}`,
        spec: { op: 'Add', inputs: [spec, spec], output: spec },
        constants: addConstants(precision, random),
        inputs,
      }
      yield {
        name: `Clip ${precision}: ${title}`,
        spec: { op: 'Clip', inputs: [spec], output: spec },
        constants: { kind: 'clamp', clamp: precision === 'int8' ? [-7, 90] : [-0.5, 1] },
        inputs: [inputs[0]],
      }
    }
    for (const [from, to] of [
      [
        [2, 3, 5, 7],
        [2, 105],
      ],
      [
        [2, 8, 3, 3],
        [2, 72],
      ],
      [
        [2, 5, 1, 1],
        [2, 5],
      ],
      [
        [2, 24],
        [2, 6, 2, 2],
      ],
      [
        [1, 6, 4, 2],
        [1, 4, 3, 4],
      ],
    ] as const)
      yield {
        name: `Reshape ${precision}: ${from.join('x')} to ${to.join('x')}`,
        spec: { op: 'Reshape', inputs: [specOf(dtype, from)], output: specOf(dtype, to) },
        constants: { kind: 'none' },
        inputs: [randomTensor(random, specOf(dtype, from))],
      }
    const [a, b] = [specOf(dtype, [5, 19]), specOf(dtype, [19, 7])]
    yield {
      name: `MatMul ${precision}: 5x19x7`,
      spec: { op: 'MatMul', inputs: [a, b], output: specOf(dtype, [5, 7]) },
      constants:
        precision === 'int8'
          ? {
              kind: 'int-matmul',
              multiplier: 0.002,
              aZeroPoint: -13,
              bZeroPoint: 40,
              outputZeroPoint: 5,
              clamp: [-128, 127],
            }
          : { kind: 'clamp', clamp: [-Infinity, Infinity] },
      inputs: [randomTensor(random, a), randomTensor(random, b)],
    }
  }
  for (const precision of ['fp32', 'fp16'] as const)
    for (const width of [1, 10, 37]) {
      const spec = specOf(ACTIVATION_DTYPE[precision], [3, width])
      yield {
        name: `Softmax ${precision}: 3x${width}`,
        spec: { op: 'Softmax', inputs: [spec], output: spec },
        constants: { kind: 'none' },
        inputs: [randomTensor(random, spec)],
      }
    }
  yield* halves()
}

/** Clip without bounds returns its input bit by bit: subnormals, infinities and the largest half included. */
function* halves(): Generator<ConformanceCase> {
  const special = Uint16Array.of(
    0,
    1,
    2,
    0x3ff,
    0x400,
    0x3c00,
    0x7bff,
    0x7c00,
    0x8001,
    0x83ff,
    0xfbff,
    0xfc00,
  )
  const spec = specOf('float16', [1, special.length])
  const input = tensor('float16', spec.shape, special)
  yield {
    name: 'Clip fp16: subnormals and infinities survive',
    spec: { op: 'Clip', inputs: [spec], output: spec },
    constants: { kind: 'clamp', clamp: [-Infinity, Infinity] },
    inputs: [input],
  }
  // 65504 + 65504 overflows, 2^-24 + 2^-24 stays subnormal: halves are rounded as IEEE 754 says.
  yield {
    name: 'Add fp16: overflow to infinity, exact subnormals',
    spec: { op: 'Add', inputs: [spec, spec], output: spec },
    constants: { kind: 'clamp', clamp: [-Infinity, Infinity] },
    inputs: [input, input],
  }
  // Sums that lie between two halves: ties go to the even one.
  const [ones, ulps] = [
    [0x3c00, 0x3c01, 0x3c02, 0xbc01],
    [0x1000, 0x1000, 0x1001, 0x9000],
  ]
  const tie = specOf('float16', [1, 4])
  yield {
    name: 'Add fp16: ties to even',
    spec: { op: 'Add', inputs: [tie, tie], output: tie },
    constants: { kind: 'clamp', clamp: [-Infinity, Infinity] },
    inputs: [
      tensor('float16', tie.shape, Uint16Array.from(ones)),
      tensor('float16', tie.shape, Uint16Array.from(ulps)),
    ],
  }
}

function addConstants(precision: Precision, random: Random): Constants {
  if (precision !== 'int8') return { kind: 'clamp', clamp: [-1, 3] }
  const side = (): { scale: number; zeroPoint: number } => ({
    scale: Math.fround(0.01 + random.uniform() * 0.05),
    zeroPoint: random.below(256) - 128,
  })
  return {
    kind: 'int-add',
    a: side(),
    b: side(),
    inverseScale: Math.fround(1 / 0.06),
    outputZeroPoint: -9,
    clamp: [-128, 127],
  }
}
