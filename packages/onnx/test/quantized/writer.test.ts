import { lower, type QuantizedModel } from '@octet/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantizedOnnx, TARGET_IDS, type TargetId } from '../../src/index.ts'
import { interpret } from './interpreter.ts'
import { graphs, quantized, RAW, samplesOf, ways } from './models.ts'
import { integersOf } from './traced.ts'

/** How far from a tie, in steps, float32 arithmetic in another order may end in another integer. */
const NEAR_TIE = 2e-3

/**
 * Every tensor of integers as the graph defines it, from what Octet has before it. A difference must be one step, where
 * the real value lies beside a tie.
 */
function compare(model: QuantizedModel, target: TargetId): { compared: number; differing: number } {
  const x = samplesOf(model.model.graph, 31)
  const octet = integersOf(lower(model, { batch: x.shape[0], normalizer: RAW }), x)
  const shift = target === 'ort' ? 128 : 0
  let [compared, differing] = [0, 0]
  interpret(quantizedOnnx(model, { target }), x, (name, integers, steps) => {
    const expected = octet.get(name.replace(/\.quantized(_\d+)?$/, ''))
    // Before an activation of its own a tensor has no integers in Octet.
    if (expected === undefined) return integers
    expect(integers).toHaveLength(expected.length)
    expected.forEach((value, i) => {
      compared++
      const distance = Math.abs(integers[i] - shift - value)
      if (distance === 0) return
      differing++
      expect(distance).toBe(1)
      expect(Math.abs(Math.abs(steps[i] - Math.floor(steps[i])) - 0.5)).toBeLessThan(NEAR_TIE)
    })
    return Float64Array.from(expected, (value) => value + shift)
  })
  return { compared, differing }
}

describe('a quantized graph', () => {
  it.each(TARGET_IDS)(
    'means the integers that Octet computes, for any graph and target %s',
    async (target) => {
      let [compared, differing] = [0, 0]
      await fc.assert(
        fc.asyncProperty(graphs, ways, async (graph, how) => {
          const counts = compare(await quantized(graph, how), target)
          compared += counts.compared
          differing += counts.differing
        }),
        { numRuns: 25 },
      )
      expect(compared).toBeGreaterThan(10_000)
      expect(differing / compared).toBeLessThan(2e-3)
    },
  )

  it('is the same to the byte for the same model', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, ways, async (graph, how) => {
        const [a, b] = await Promise.all([quantized(graph, how), quantized(graph, how)])
        expect(quantizedOnnx(a, { target: 'ort' })).toEqual(quantizedOnnx(b, { target: 'ort' }))
      }),
      { numRuns: 5 },
    )
  })
})
