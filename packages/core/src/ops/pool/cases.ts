import type { Random } from '../../statistics/random.ts'
import { alsoFixedPoint, bytes, FREE, randomTensor, specOf, WHOLE, type Case } from '../case.ts'
import { HELD, nanCases } from '../nan.ts'
import { NO_PADS, type Pads, type Pair, type Window, type TensorSpec } from '../spec.ts'
import type { Checks, Tensors } from '../record.ts'
import { PRECISION, PRECISIONS, type Precision } from '../../numerics/index.ts'
import { windowOutput } from '../window.ts'
import { divisors, type AveragePoolSpec } from './averagepool.ts'
import type { MaxPoolSpec } from './maxpool.ts'

export const MaxPoolChecks: Checks<MaxPoolSpec> = {
  bound: 'exact',
  *cases(random) {
    for (const { precision, title, tensors } of pools())
      yield {
        name: `MaxPool ${precision}: ${title}`,
        spec: { op: 'MaxPool', ...tensors },
        constants: { kind: 'none' },
        inputs: tensors.inputs.map((input) => randomTensor(random, input)),
      }
    yield* nanCases(({ image }) => [{ op: 'MaxPool', ...pooled(image) }, { kind: 'none' }])
  },
  ties: () => [],
}

export const AveragePoolChecks: Checks<AveragePoolSpec> = {
  bound: { roundings: ({ kernel }) => kernel[0] * kernel[1] + 8, of: 'magnitudes' },
  *cases(random) {
    yield* alsoFixedPoint(averages(random))
    yield* nanCases(({ image }) => [{ op: 'AveragePool', ...pooled(image), countIncludePad: false }, HELD])
  },
  ties,
}

const ONES: Pair = [1, 1]

interface PoolShape {
  readonly title: string
  readonly x: readonly [number, number, number, number]
  readonly kernel: Pair
  readonly strides?: Pair
  readonly pads?: Pads
}

/** Windows that overlap, reach into padding or cover the whole image. */
const POOLS: readonly PoolShape[] = [
  { title: '2x2 by 2', x: [2, 8, 6, 6], kernel: [2, 2], strides: [2, 2] },
  { title: '2x2 by 2, ragged', x: [1, 5, 7, 5], kernel: [2, 2], strides: [2, 2] },
  { title: '3x3, padded', x: [1, 4, 5, 5], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { title: '3x2 by 2, padded below', x: [1, 3, 6, 4], kernel: [3, 2], strides: [2, 1], pads: [0, 0, 1, 0] },
  { title: 'global, 7x7', x: [2, 10, 7, 7], kernel: [7, 7] },
  { title: 'global, 25x5', x: [1, 6, 25, 5], kernel: [25, 5] },
]

function* pools(): Generator<{ precision: Precision; title: string; tensors: Tensors & Window }> {
  for (const precision of PRECISIONS)
    for (const { title, x, kernel, strides = ONES, pads = NO_PADS } of POOLS) {
      const dtype = PRECISION[precision].dtype
      const window: Window = { kernel, strides, pads, dilations: ONES }
      const output = specOf(dtype, [x[0], x[1], ...windowOutput(window, [x[2], x[3]])])
      yield { precision, title, tensors: { inputs: [specOf(dtype, x)], output, ...window } }
    }
}

/** Windows of 2x3 that do not overlap. */
function pooled(image: TensorSpec): Tensors & Window {
  const window: Window = { kernel: [2, 3], strides: [2, 3], pads: NO_PADS, dilations: ONES }
  return { inputs: [image], output: specOf(image.dtype, [2, 5, 2, 2]), ...window }
}

function* averages(random: Random): Generator<Case<AveragePoolSpec>> {
  for (const { precision, title, tensors } of pools())
    for (const countIncludePad of tensors.pads === NO_PADS ? [false] : [false, true]) {
      const spec: AveragePoolSpec = { op: 'AveragePool', ...tensors, countIncludePad }
      yield {
        name: `AveragePool ${precision}: ${title}${countIncludePad ? ', padding counted' : ''}`,
        spec,
        constants:
          precision === 'int8'
            ? {
                kind: 'int-average',
                inputZeroPoint: -31,
                multipliers: Float32Array.from(divisors(spec), (n) => 1.7 / n),
                outputZeroPoint: 12,
                clamp: WHOLE,
              }
            : { kind: 'clamp', clamp: FREE },
        inputs: [randomTensor(random, tensors.inputs[0])],
      }
    }
}

/** Every sum of four bytes; then, unless `thin`, sums past 2^24, a few units from ties. */
function* ties(thin: boolean): Generator<Case<AveragePoolSpec>> {
  const sums = Array.from({ length: 1021 }, (_, i) => i - 512)
  for (const [title, multiplier] of [
    ['0.3', 0.3],
    ['1/14', 1 / 14],
  ] as const)
    yield averageCase(`every sum of four by ${title}`, 2, sums, 0, Math.fround(multiplier))
  if (thin) return
  const odd = [1, 3, 5, 7].map((more) => 2 ** 24 + more)
  for (const tie of [63.5, 64.5])
    yield averageCase(`sums from 2^24 beside ${tie}`, 264, odd, -128, Math.fround(tie / (2 ** 24 + 4)))
}

/** One window of `side` x `side` for each sum, filled with bytes that are as equal as possible. */
function averageCase(
  title: string,
  side: number,
  sums: readonly number[],
  inputZeroPoint: number,
  multiplier: number,
): Case<AveragePoolSpec> {
  const size = side * side
  const x = specOf('int8', [1, sums.length, side, side])
  return {
    name: `AveragePool int8: ${title}`,
    spec: {
      op: 'AveragePool',
      inputs: [x],
      output: specOf('int8', [1, sums.length, 1, 1]),
      kernel: [side, side],
      strides: [1, 1],
      pads: NO_PADS,
      dilations: [1, 1],
      countIncludePad: false,
    },
    constants: {
      kind: 'int-average',
      inputZeroPoint,
      multipliers: new Float32Array(size + 1).fill(multiplier),
      outputZeroPoint: 0,
      clamp: WHOLE,
    },
    inputs: [
      bytes(x.shape, (i) => Math.floor((sums[Math.floor(i / size)] + (i % size)) / size) + inputZeroPoint),
    ],
  }
}
