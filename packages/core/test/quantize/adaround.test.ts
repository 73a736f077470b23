import { describe, expect, test } from 'vitest'
import { observe } from '../../src/execute/observe.ts'
import { AFFINE_INT8, SYMMETRIC_INT8 } from '../../src/numerics/index.ts'
import { ADAROUND, adaround } from '../../src/quantize/adaround.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import {
  rectifiedSigmoid,
  rectifiedSigmoidInverse,
  rectifiedSigmoidSlope,
  undecidedSlope,
} from '../../src/quantize/rectified-sigmoid.ts'
import { Reconstruction } from '../../src/quantize/reconstruction.ts'
import { refine, type Site } from '../../src/quantize/refine.ts'
import { Random } from '../../src/statistics/random.ts'
import { goldenTest, type GoldenTensor } from '../numerics/golden.ts'
import { chain, IDENTITY, samples } from './nets.ts'

type Floats = GoldenTensor<Float32Array>

/** What is rounded neither up nor down: 1 in the middle, 0 at the ends. */
function undecided(h: number, beta: number): number {
  return 1 - Math.abs(2 * h - 1) ** beta
}

function expectClose(actual: number, wanted: number): void {
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(wanted)))
}

goldenTest<{
  adaround_primitives: { beta: number; V: Floats; h: Floats; reg: number; grad_V: Floats }[]
}>('h(V), the regularizer and its gradient are those recorded', 'ptq_transforms.json', (file) => {
  expect(file.adaround_primitives.length).toBeGreaterThan(0)
  for (const { beta, V, h, reg, grad_V } of file.adaround_primitives) {
    let sum = 0
    for (const [i, v] of V.data.entries()) {
      const value = rectifiedSigmoid(v)
      expectClose(value, h.data[i])
      expectClose(undecidedSlope(value, beta) * rectifiedSigmoidSlope(v), grad_V.data[i])
      sum += undecided(value, beta)
    }
    expectClose(sum, reg)
  }
})

goldenTest<{ adaround_init: { w: Floats; scale: number; V0_f64: number[] }[] }>(
  'V starts where h(V) is the fraction that rounding decides on',
  'ptq_transforms.json',
  ({ adaround_init }) => {
    expect(adaround_init.length).toBeGreaterThan(0)
    for (const { w, scale, V0_f64 } of adaround_init)
      for (const [i, want] of V0_f64.entries()) {
        const steps = w.data[i] / scale
        const v = rectifiedSigmoidInverse(steps - Math.floor(steps))
        expectClose(v, want)
        expect(rectifiedSigmoid(v)).toBeCloseTo(steps - Math.floor(steps), 10)
      }
  },
)

/** Every weighted layer of a small net at 4-bit weights, as AdaRound meets it. */
async function sites(
  symmetric = true,
  granularity: 'per-tensor' | 'per-channel' = 'per-tensor',
): Promise<Site[]> {
  const model = chain()
  const x = samples([24, 3, 8, 8])
  const weights = { ...SYMMETRIC_INT8, symmetric, narrow: symmetric, bits: 4, granularity } as const
  const grids = { calibration: 'minmax', activations: AFFINE_INT8, weights }
  const plain = ptq(model, await observe(model, IDENTITY, [x]), grids)
  const met: Site[] = []
  refine(plain, IDENTITY, x, (site) => {
    met.push(site)
    return site.quantized
  })
  return met
}

function lossOf(site: Site, { weight, qparams }: Site['quantized']): number {
  const perOutput = weight.data.length / weight.shape[0]
  const real = Float64Array.from(weight.data, (q, i) => {
    const m = qparams.scale.length === 1 ? 0 : Math.floor(i / perOutput)
    return (q - qparams.zeroPoint[m]) * qparams.scale[m]
  })
  return new Reconstruction(site, new Random(99)).loss(real)
}

describe('adaround', () => {
  test.each([
    ['symmetric', 'per-tensor'],
    ['symmetric', 'per-channel'],
    ['affine', 'per-tensor'],
  ] as const)(
    '%s %s weights: each goes down or up, and the output comes nearer to FP32',
    async (scheme, granularity) => {
      const met = await sites(scheme === 'symmetric', granularity)
      expect(met).toHaveLength(5)
      let moved = 0
      for (const site of met) {
        const { quantized, float } = site
        const { qparams } = quantized
        const made = adaround(site, { ...ADAROUND, iterations: 300 })
        expect(made.qparams).toBe(qparams)
        const perOutput = float.weight.data.length / float.weight.shape[0]
        for (const [i, q] of made.weight.data.entries()) {
          const m = qparams.scale.length === 1 ? 0 : Math.floor(i / perOutput)
          const steps = float.weight.data[i] / qparams.scale[m] + qparams.zeroPoint[m]
          expect(Math.abs(q - steps)).toBeLessThanOrEqual(1)
          expect(q).toBeGreaterThanOrEqual(qparams.qmin)
          expect(q).toBeLessThanOrEqual(qparams.qmax)
          if (q !== quantized.weight.data[i]) moved++
        }
        expect(lossOf(site, made)).toBeLessThanOrEqual(lossOf(site, quantized) * 1.001)
      }
      expect(moved).toBeGreaterThan(20)
    },
  )

  test('at 4 bits a layer loses much less than with nearest rounding', async () => {
    const ratios = (await sites()).map((site) => lossOf(site, adaround(site)) / lossOf(site, site.quantized))
    // The first layer reads white noise: where inputs are not correlated nearest rounding is next to the best.
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1)
    expect(ratios.reduce((product, ratio) => product * ratio, 1)).toBeLessThan(0.75 ** 5)
  })

  test('the same seed gives the same integers', async () => {
    const [site] = await sites()
    const rounded = (seed: number): Int8Array => adaround(site, { seed, iterations: 100 }).weight.data
    expect(rounded(1)).toEqual(rounded(1))
  })

  test('a layer that is on its grid already keeps its integers', async () => {
    const [site] = await sites()
    const exact: Site = { ...site, quantizedX: site.x, float: { ...site.float, bias: new Float32Array(8) } }
    const { weight, qparams } = site.quantized
    const onGrid = {
      ...exact.float,
      weight: { ...exact.float.weight, data: Float32Array.from(weight.data, (q) => q * qparams.scale[0]) },
    }
    const quantized = { ...site.quantized, bias: new Int32Array(8) }
    expect(adaround({ ...exact, float: onGrid, quantized })).toBe(quantized)
  })
})

test('the gradient of the reconstruction is its slope, clamps and groups included', async () => {
  for (const site of await sites()) {
    const reconstruction = new Reconstruction(
      { ...site, layer: { ...site.layer, clamp: [0, 0.4] } },
      new Random(5),
    )
    const weights = Float64Array.from(site.float.weight.data, (w) => w + 0.05)
    const gradient = new Float64Array(weights.length)
    const slopes = new Float64Array(weights.length)
    // The last layer has one block, the others twelve, whose gradients average to that of the whole loss.
    const blocks = 12
    for (let step = 0; step < blocks; step++) {
      reconstruction.gradient(weights, step, gradient)
      for (const [i, slope] of gradient.entries()) slopes[i] += slope / blocks
    }
    for (let i = 0; i < weights.length; i += 7) {
      const step = 1e-6
      const at = (by: number): number => reconstruction.loss(weights.map((w, k) => (k === i ? w + by : w)))
      const slope = (at(step) - at(-step)) / (2 * step)
      expect(Math.abs(slopes[i] - slope)).toBeLessThan(1e-3 * Math.max(0.1, Math.abs(slope)))
    }
  }
})
