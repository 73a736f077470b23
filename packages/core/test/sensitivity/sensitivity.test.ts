import { describe, expect, test } from 'vitest'
import { isWeighted, weightsOf, withWeights } from '../../src/model/weights.ts'
import { weightBytesOf } from '../../src/sensitivity/cost.ts'
import { referenceEvaluator } from '../../src/sensitivity/evaluate.ts'
import { assignedLayers, mix, uniform } from '../../src/sensitivity/mix.ts'
import { sensitivityOf } from '../../src/sensitivity/sensitivity.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { chain, IDENTITY, samples } from '../quantize/nets.ts'
import { candidatesOf, evaluatorOf } from './nets.ts'

/** A chain with one layer that per-tensor 4-bit weights cannot serve: an outlier takes the whole grid. */
function fragile(name: string): ReturnType<typeof chain> {
  const model = chain()
  const layer = model.layers.filter(isWeighted).find((one) => one.name === name)!
  const { weight, bias } = weightsOf(model, layer)
  const data = weight.data.map((w, i) => (i === 0 ? 12 : w))
  return withWeights(model, new Map([[name, { weight: tensor('float32', weight.shape, data), bias }]]))
}

describe('sensitivityOf', () => {
  test.each(['stem', 'pw', 'grouped'])(
    'finds the planted fragile layer "%s", one in and one out',
    async (name) => {
      const model = fragile(name)
      const done: string[] = []
      const { whole, layers } = await sensitivityOf(
        await candidatesOf(model),
        evaluatorOf(model, 32),
        (count, of) => done.push(`${count} of ${of}`),
      )
      expect(done).toEqual(['1 of 5', '2 of 5', '3 of 5', '4 of 5', '5 of 5'])
      expect(layers.map(({ layer, precision }) => `${layer} ${precision}`)).toEqual(
        assignedLayers(model).flatMap((layer) => [`${layer} int8`, `${layer} w4a8`]),
      )
      const w4a8 = layers.filter(({ precision }) => precision === 'w4a8')
      const worst = w4a8.reduce((a, b) => (b.oneIn.sqnrDb < a.oneIn.sqnrDb ? b : a))
      const best = w4a8.reduce((a, b) => (b.oneOut.sqnrDb > a.oneOut.sqnrDb ? b : a))
      expect([worst.layer, best.layer]).toEqual([name, name])
      expect(best.oneOut.sqnrDb).toBeGreaterThan(whole.w4a8.sqnrDb + 1)
      expect(whole.fp16.sqnrDb).toBeGreaterThan(whole.int8.sqnrDb)
      expect(whole.int8.sqnrDb).toBeGreaterThan(whole.w4a8.sqnrDb)
      expect(whole.fp16.score).toBe(1)
    },
  )
})

describe('referenceEvaluator', () => {
  test('counts right answers by the labels given, and by FP32 where none are', async () => {
    const model = chain()
    const x = samples([32, 3, 8, 8], 4)
    const candidates = await candidatesOf(model)
    const fp16 = mix(candidates, uniform(model, 'fp16'))
    const agreement = await referenceEvaluator(model, IDENTITY, [{ x }])(fp16)
    expect(agreement.score).toBe(1)
    const shares: number[] = []
    for (const label of [0, 1, 2, 3]) {
      const y = new Int32Array(32).fill(label)
      shares.push((await referenceEvaluator(model, IDENTITY, [{ x, y }])(fp16)).score)
    }
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
  })

  test('does not depend on how samples are batched', async () => {
    const model = chain()
    const x = samples([12, 3, 8, 8], 4)
    const part = (from: number, to: number): { x: typeof x } => ({
      x: tensor('float32', [to - from, 3, 8, 8], x.data.slice(from * 192, to * 192)),
    })
    const int8 = mix(await candidatesOf(model), uniform(model, 'int8'))
    const whole = await referenceEvaluator(model, IDENTITY, [{ x }])(int8)
    expect(await referenceEvaluator(model, IDENTITY, [part(0, 5), part(5, 12)])(int8)).toEqual(whole)
  })

  test('refuses an empty set and labels that do not fit', () => {
    const x = samples([2, 3, 8, 8])
    expect(() => referenceEvaluator(chain(), IDENTITY, [])).toThrow('no samples to evaluate on')
    expect(() => referenceEvaluator(chain(), IDENTITY, [{ x, y: new Int32Array(3) }])).toThrow(
      '2 samples came with 3 labels',
    )
  })
})

test('weights cost two bytes, one, or half a one, and biases four', () => {
  const cost = weightBytesOf(chain())
  expect((['fp16', 'int8', 'w4a8'] as const).map((precision) => cost('dw', precision))).toEqual([
    72 * 2 + 32,
    72 + 32,
    36 + 32,
  ])
})
