import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { modelOf, type Model } from '../../src/model/layers.ts'
import { weightBytesOf, type Cost } from '../../src/sensitivity/cost.ts'
import type { Evaluate } from '../../src/sensitivity/evaluate.ts'
import { prospects, undominated, type Choice } from '../../src/sensitivity/front.ts'
import { mix, type Assignment, type Candidates } from '../../src/sensitivity/mix.ts'
import { plan, type PlannedModel } from '../../src/sensitivity/plan.ts'
import { sensitivityOf } from '../../src/sensitivity/sensitivity.ts'
import { GraphBuilder } from '../model/graphs.ts'
import { chain } from '../quantize/nets.ts'
import { allAssignments, candidatesOf, evaluatorOf } from './nets.ts'

function costOf(assignment: Assignment, cost: Cost): number {
  return [...assignment].reduce((sum, [layer, precision]) => sum + cost(layer, precision), 0)
}

/** Four layers of very different size. */
function uneven(seed: number): Model {
  const build = new GraphBuilder(seed)
  const conv = (name: string, input: string, m: number, c: number): string =>
    build.relu(`${name}.act`, build.conv(name, input, [m, c, 3, 3], { strides: [2, 2], bias: 'random' }))
  const y = conv('b', conv('a', 'x', 6, 3), 12, 6)
  build.gemm('d', build.relu('c.act', build.gemm('c', build.flatten('flat', y), 20, 12)), 6, 20)
  return modelOf(build.graph([3, 8, 8]))
}

async function exhaustive(candidates: Candidates, evaluate: Evaluate, cost: Cost): Promise<PlannedModel[]> {
  const all: PlannedModel[] = []
  for (const assignment of allAssignments(candidates.int8.model))
    all.push({ assignment, cost: costOf(assignment, cost), ...(await evaluate(mix(candidates, assignment))) })
  return all
}

describe('plan', () => {
  test.each([1, 2, 3])('is near the exhaustive optimum on a small net (%i)', async (seed) => {
    const model = uneven(seed)
    const candidates = await candidatesOf(model)
    const evaluate = evaluatorOf(model, 100)
    const cost = weightBytesOf(model)
    const all = await exhaustive(candidates, evaluate, cost)
    expect(all).toHaveLength(81)
    const [fp16] = all
    for (const maxLoss of [0, 0.01, 0.03, 0.1]) {
      const affordable = all.filter(({ score }) => score >= fp16.score - maxLoss - 1e-9)
      const optimum = Math.min(...affordable.map((one) => one.cost))
      const { best, front, evaluations } = await plan(candidates, {
        evaluate,
        cost,
        maxLoss,
        evaluations: 40,
      })
      expect(best.cost).toBeLessThanOrEqual(1.05 * optimum)
      expect(best.score).toBeGreaterThanOrEqual(fp16.score - maxLoss - 1e-9)
      expect(evaluations).toBeLessThanOrEqual(40)
      // What is reported is what was measured, and the front holds nothing that another beats.
      expect(best.cost).toBe(costOf(best.assignment, cost))
      expect(best).toMatchObject(await evaluate(mix(candidates, best.assignment)))
      expect(front.length).toBeGreaterThan(0)
      for (const [i, one] of front.entries())
        if (i > 0) {
          expect(one.cost).toBeGreaterThan(front[i - 1].cost)
          expect(one.score).toBeGreaterThan(front[i - 1].score)
        }
    }
  })

  test('spares the layer that a measured latency makes dear, whatever its bytes', async () => {
    const model = chain()
    const candidates = await candidatesOf(model)
    // An integer depthwise kernel that is slower than the FP16 one.
    const latency: Cost = (layer, precision) =>
      layer === 'dw' ? (precision === 'fp16' ? 100 : 150) : precision === 'fp16' ? 100 : 60
    const { best } = await plan(candidates, { evaluate: evaluatorOf(model, 32), cost: latency, maxLoss: 1 })
    expect(best.assignment.get('dw')).toBe('fp16')
    expect(best.cost).toBe(100 + 4 * 60)
  })

  test('does not evaluate again what a sensitivity analysis has', async () => {
    const model = uneven(2)
    const candidates = await candidatesOf(model)
    const seen: string[] = []
    const judge = evaluatorOf(model, 32)
    const evaluate: Evaluate = (mixed) => {
      seen.push([...mixed.layers.values()].join())
      return judge(mixed)
    }
    const sensitivity = await sensitivityOf(candidates, evaluate)
    const before = seen.length
    expect(before).toBe(3 + 4 * 4)
    const options = { evaluate, cost: weightBytesOf(model), maxLoss: 0.03, evaluations: 20 }
    const { evaluations, front } = await plan(candidates, { ...options, sensitivity })
    expect(seen).toHaveLength(before + evaluations)
    expect(new Set(seen).size).toBe(seen.length)
    expect(evaluations).toBeLessThanOrEqual(20)
    expect(front.length).toBeGreaterThan(0)
  })

  test('keeps FP16 where nothing else is good enough', async () => {
    const model = chain()
    const evaluate: Evaluate = async ({ layers }) => {
      const integers = [...layers.values()].filter((precision) => precision !== 'fp16').length
      return { score: integers === 0 ? 0.9 : 0.5, sqnrDb: integers === 0 ? 60 : 60 - 10 * integers }
    }
    const { best, front } = await plan(await candidatesOf(model), {
      evaluate,
      cost: weightBytesOf(model),
      maxLoss: 0.1,
    })
    expect([...best.assignment.values()]).toEqual(['fp16', 'fp16', 'fp16', 'fp16', 'fp16'])
    expect(front.at(-1)).toEqual(best)
  })

  test('an output that is not finite counts as noise, not as silence', async () => {
    const model = chain()
    const evaluate: Evaluate = async ({ layers }) =>
      layers.get('pw') === 'w4a8' ? { score: 0, sqnrDb: NaN } : { score: 1, sqnrDb: 40 }
    const { best } = await plan(await candidatesOf(model), {
      evaluate,
      cost: weightBytesOf(model),
      maxLoss: 0,
    })
    expect([...best.assignment.values()]).toEqual(['w4a8', 'w4a8', 'int8', 'w4a8', 'w4a8'])
  })
})

const choice = fc.record({
  precision: fc.constantFrom('fp16', 'int8', 'w4a8'),
  cost: fc.integer({ min: 1, max: 50 }),
  noise: fc.double({ min: 0, max: 1, noNaN: true }),
}) as fc.Arbitrary<Choice>

test('prospects of few layers are all combinations, in order of cost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(choice, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
      (layers) => {
        const made = prospects(new Map(layers.map((options, i) => [`l${i}`, options])))
        expect(made).toHaveLength(layers.reduce((product, { length }) => product * length, 1))
        for (const [i, { cost }] of made.entries())
          if (i > 0) expect(cost).toBeGreaterThanOrEqual(made[i - 1].cost)
      },
    ),
  )
})

test('prospects of many layers keep the least noise for every cost that fits', () => {
  const layers = new Map(
    Array.from({ length: 30 }, (_, i): [string, Choice[]] => [
      `l${i}`,
      [
        { precision: 'fp16', cost: 4, noise: 0 },
        { precision: 'int8', cost: 2, noise: 0.01 },
        { precision: 'w4a8', cost: 1, noise: 0.05 + 0.001 * (i % 3) },
      ],
    ]),
  )
  const made = prospects(layers)
  expect(made.length).toBeLessThanOrEqual(2000)
  const front = undominated(
    made,
    ({ cost }) => cost,
    ({ noise }) => -noise,
  )
  // All at int8 costs 60 with noise 0.3: nothing that costs as much is quieter.
  expect(front.find(({ cost }) => cost === 60)!.noise).toBeCloseTo(0.3, 9)
  // All at w4a8 costs 30, all at fp16 120.
  expect([front[0].cost, front.at(-1)!.cost]).toEqual([30, 120])
})

test('undominated keeps what no other beats, whatever the points', () => {
  fc.assert(
    fc.property(fc.array(choice, { maxLength: 40 }), (points) => {
      const front = undominated(
        points,
        ({ cost }) => cost,
        ({ noise }) => -noise,
      )
      for (const point of points) {
        const beaten = points.some(
          (other) =>
            other.cost <= point.cost &&
            other.noise <= point.noise &&
            (other.cost < point.cost || other.noise < point.noise),
        )
        const kept = front.some(({ cost, noise }) => cost === point.cost && noise === point.noise)
        expect(kept).toBe(!beaten)
      }
    }),
  )
})
