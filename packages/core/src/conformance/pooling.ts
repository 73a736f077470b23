import { NO_PADS } from '../kernel/spec.ts'
import type { Pads, Pair, Window } from '../model/graph.ts'
import { windowOutput } from '../model/shapes.ts'
import type { Random } from '../statistics/random.ts'
import { ACTIVATION_DTYPE, PRECISIONS, randomTensor, specOf, type ConformanceCase } from './case.ts'

const ONES: Pair = [1, 1]

interface PoolShape {
  readonly title: string
  readonly x: readonly [number, number, number, number]
  readonly kernel: Pair
  readonly strides?: Pair
  readonly pads?: Pads
}

const POOLS: readonly PoolShape[] = [
  { title: '2x2 by 2', x: [2, 8, 6, 6], kernel: [2, 2], strides: [2, 2] },
  { title: '2x2 by 2, ragged', x: [1, 5, 7, 5], kernel: [2, 2], strides: [2, 2] },
  { title: '3x3, padded', x: [1, 4, 5, 5], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { title: '3x2 by 2, padded below', x: [1, 3, 6, 4], kernel: [3, 2], strides: [2, 1], pads: [0, 0, 1, 0] },
  { title: 'global, 7x7', x: [2, 10, 7, 7], kernel: [7, 7] },
  { title: 'global, 25x5', x: [1, 6, 25, 5], kernel: [25, 5] },
]

/** MaxPool and AveragePool, windows that overlap, reach into padding or take the whole image. */
export function* poolCases(random: Random): Generator<ConformanceCase> {
  for (const precision of PRECISIONS)
    for (const { title, x, kernel, strides = ONES, pads = NO_PADS } of POOLS) {
      const dtype = ACTIVATION_DTYPE[precision]
      const window: Window = { kernel, strides, pads, dilations: ONES }
      const base = {
        inputs: [specOf(dtype, x)],
        output: specOf(dtype, [x[0], x[1], ...windowOutput(window, [x[2], x[3]])]),
        ...window,
      }
      const inputs = [randomTensor(random, base.inputs[0])]
      yield {
        name: `MaxPool ${precision}: ${title}`,
        spec: { op: 'MaxPool', ...base },
        constants: { kind: 'none' },
        inputs,
      }
      for (const countIncludePad of pads === NO_PADS ? [false] : [false, true]) {
        const full = kernel[0] * kernel[1]
        const multipliers = Float32Array.from(
          { length: full + 1 },
          (_, n) => 1.7 / (countIncludePad ? full : Math.max(n, 1)),
        )
        yield {
          name: `AveragePool ${precision}: ${title}${countIncludePad ? ', padding counted' : ''}`,
          spec: { op: 'AveragePool', ...base, countIncludePad },
          constants:
            precision === 'int8'
              ? {
                  kind: 'int-average',
                  inputZeroPoint: -31,
                  multipliers,
                  outputZeroPoint: 12,
                  clamp: [-128, 127],
                }
              : { kind: 'clamp', clamp: [-Infinity, Infinity] },
          inputs,
        }
      }
    }
}
