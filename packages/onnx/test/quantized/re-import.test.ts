import { answerOf, hasIntegers, keepsGrid, lower, type QuantizedModel } from '@octet/core'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeOnnx, importQuantizedOnnx, quantizedOnnx, TARGET_IDS, type TargetId } from '../../src/index.ts'
import { graphs, quantized, RAW, samplesOf, ways } from './models.ts'
import { floatsOf } from '../qdq.ts'
import { integersOf } from './traced.ts'

/** The model that a model's file is read as. */
function reimported(model: QuantizedModel, target: TargetId): QuantizedModel | undefined {
  return importQuantizedOnnx(encodeOnnx(quantizedOnnx(model, { target })))
}

it.each(TARGET_IDS)('a file written for %s is read as the same integers, for any graph', async (target) => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(graphs, ways, async (graph, how) => {
      const model = await quantized(graph, how)
      const back = reimported(model, target)
      const computes = model.model.layers.some((layer) => hasIntegers(layer) && !keepsGrid(layer.node))
      expect(back !== undefined).toBe(computes)
      if (back === undefined) return
      const x = samplesOf(graph, 31)
      const [before, after] = [model, back].map((one) => lower(one, { batch: x.shape[0], normalizer: RAW }))
      expect(answerOf(after, x)).toEqual(answerOf(before, x))
      const [ours, theirs] = [before, after].map((program) => integersOf(program, x))
      for (const [name, integers] of theirs) {
        const expected = ours.get(name)
        if (expected === undefined) continue
        compared++
        expect(integers).toEqual(expected)
      }
      // The writer puts a node of its own behind a Softmax, which no layer of Octet stands for.
      expect([...(floatsOf(back) ?? [])].filter((name) => !name.endsWith('.shielded'))).toEqual([])
      expect([...back.weights.values()].map(({ weight, bias }) => [weight.data, bias])).toEqual(
        [...model.weights.values()].map(({ weight, bias }) => [weight.data, bias]),
      )
    }),
    { numRuns: 12 },
  )
  expect(compared).toBeGreaterThan(20)
})
