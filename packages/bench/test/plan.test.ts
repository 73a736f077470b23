import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Calibration, type LayerPrecision, lower, mix, modelOf, tensor, uniform } from '@octet/core'
import { describe, expect, test, vi } from 'vitest'
import { ContenderFault } from '../src/measure/latency.ts'
import { StepCosts } from '../src/plan/steps.ts'
import { PlanTiming, type RacedPlan, verdictOf } from '../src/plan/timing.ts'
import { candidatesOf } from '../src/quantize/plan.ts'
import { raceInWords } from '../src/show/plan-race.ts'
import { GRAPH } from './folder.ts'
import { inProcess, refusal, setUp } from './session.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

describe('the time of a plan', () => {
  test('is that of its steps: exact for one precision throughout, with conversions where precisions meet', async () => {
    const model = modelOf(GRAPH)
    const x = tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))
    const candidates = await candidatesOf(new Calibration(model, NORMALIZER, [x]))
    const lowered = (assignment: Parameters<typeof mix>[1]) =>
      lower(mix(candidates, assignment), { batch: 1, normalizer: NORMALIZER })
    const steps = new StepCosts(model)
    const learned = new Map<LayerPrecision, number>()
    for (const [i, precision] of (['fp16', 'int8', 'w4a8'] as const).entries()) {
      const program = lowered(uniform(model, precision))
      const ns = program.steps.map((_, step) => 100 * (i + 1) + step)
      steps.learn(program, precision, ns)
      const whole = ns.reduce((sum, one) => sum + one, 0)
      learned.set(precision, whole)
      const layers = [...uniform(model, precision).keys()]
      expect(layers.reduce((sum, layer) => sum + steps.layer(layer, precision), 0)).toBe(whole)
    }
    for (const [precision, whole] of learned) {
      const assignment = uniform(model, precision)
      expect(steps.predict(lowered(assignment), assignment)).toBe(whole)
    }
    const [first, ...others] = [...uniform(model, 'int8')]
    const mixed = new Map([[first[0], 'fp16' as const], ...others])
    const program = lowered(mixed)
    expect(program.steps.length).toBeGreaterThan(lowered(uniform(model, 'int8')).steps.length)
    expect(steps.predict(program, mixed)).toBeGreaterThan(0)
  })

  test('a mix wins only beyond doubt and by the minimum effect', () => {
    const raced = (name: string, ns: number): RacedPlan => ({
      name,
      ns,
      ci95: [ns, ns],
      samples: Array.from({ length: 9 }, () => ns),
    })
    const [fp32, int8] = [raced('FP32', 120), raced('INT8', 100)]
    const words = (...all: RacedPlan[]): string =>
      raceInWords('k/a', all, verdictOf(all, new Set(['mix 1'])))
        .split('\n')
        .at(-1)!
    expect(words(fp32, int8, raced('mix 1', 80))).toMatch(/^mix 1 is 1\.25x .* as fast as INT8 throughout/)
    expect(words(fp32, int8, raced('mix 1', 98))).toMatch(/^No mix that was tried is faster than INT8/)
    expect(words(fp32, int8)).toMatch(/^No mix within the budget is predicted to be faster than INT8/)
  })

  test('octet plan --cost latency times layers and plans, and keeps a plan that it timed', async () => {
    const cwd = setUp()
    const file = join(cwd, 'plan.json')
    const flags = ['--samples', '20', '--cost', 'latency', '--kernels', 'reference', '--json', file]
    const { code, stdout } = await inProcess('plan', join(cwd, 'points'), ...flags)
    expect(code).toBe(0)
    expect(stdout).toContain('On reference/reference, timed in turn, predicted from its layers:')
    const { best, timed } = JSON.parse(readFileSync(file, 'utf8')) as {
      best: { layers: object; predictedNs: number; weightBytes: number }
      timed: { raced: { name: string; ns: number; predictedNs?: number }[] }
    }
    expect(Object.keys(best.layers)).toEqual(['hidden', 'classes'])
    expect(best.predictedNs).toBeGreaterThan(0)
    expect(timed.raced.map(({ name }) => name).slice(0, 2)).toEqual(['FP32', 'FP16'])
    expect(
      timed.raced.every(({ name, predictedNs }) => (name === 'FP32') === (predictedNs === undefined)),
    ).toBe(true)
  })

  test('a plan that cannot be timed is given as it was predicted, with the reason', async () => {
    const cwd = setUp()
    vi.spyOn(PlanTiming.prototype, 'race').mockRejectedValue(
      new ContenderFault('mix 1', 'the device was lost'),
    )
    const file = join(cwd, 'plan.json')
    const flags = ['--samples', '20', '--cost', 'latency', '--kernels', 'reference', '--json', file]
    const { code, stdout } = await inProcess('plan', join(cwd, 'points'), ...flags)
    expect(code).toBe(1)
    const reason = 'mix 1: the device was lost'
    expect(stdout).toContain(`The plan is by prediction alone, as timing plans failed: ${reason}\n`)
    expect(stdout).toMatch(/beats these in both predicted time and accuracy:\n *weights +predicted/)
    const { best, untimed } = JSON.parse(readFileSync(file, 'utf8')) as {
      best: { layers: object; predictedNs: number }
      untimed: string
    }
    expect([Object.keys(best.layers), untimed]).toEqual([['hidden', 'classes'], reason])
    expect(best.predictedNs).toBeGreaterThan(0)
  })

  test('devices are named for latency alone', async () => {
    expect(await refusal('plan', 'weather-mlp', '--kernels', 'wasm')).toContain('add --cost latency')
  })
})
