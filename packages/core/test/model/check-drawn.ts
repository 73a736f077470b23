import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { Graph } from '../../src/model/graph.ts'
import { Random } from '../../src/statistics/random.ts'
import { elements, tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { BATCH, drawGraph, type Draw } from './draw.ts'

const LONG = process.env['OCTET_TESTS'] === 'long'
const RUNS = Number(process.env['OCTET_FUZZ_RUNS'] ?? (LONG ? 10_000 : 400))

/** Graphs that are drawn by fast-check, so that a failure is shown with its seed. */
export function checkDrawn(
  property: (drawn: ReturnType<typeof drawGraph>, x: Tensor<'float32'>) => void,
): void {
  fc.assert(
    fc.property(fc.gen(), (gen) => {
      const draw: Draw = (below) => gen(fc.nat, { max: below - 1 })
      const drawn = drawGraph(draw)
      property(drawn, samples(drawn.graph))
    }),
    { numRuns: RUNS },
  )
}

function samples({ inputs: [input] }: Graph): Tensor<'float32'> {
  const random = new Random(1)
  const shape = [BATCH, ...input.shape]
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: elements(shape) }, () => random.uniform() * 2 - 1),
  )
}

/** Within a ten-thousandth of the largest expected value; a failure shows the graph. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, graph: Graph): void {
  expect(actual.length).toBe(expected.length)
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  for (let i = 0; i < expected.length; i++)
    if (!(Math.abs(actual[i] - expected[i]) <= 1e-4 * largest))
      expect.fail(
        `value ${i} is ${actual[i]}, not ${expected[i]}: ` +
          JSON.stringify([
            graph.inputs,
            graph.nodes,
            [...graph.initializers].map(([name, { shape }]) => [name, shape]),
          ]),
      )
}
