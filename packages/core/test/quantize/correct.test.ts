import { expect, test } from 'vitest'
import { NO_PADS } from '../../src/ops/spec.ts'
import type { ConvSpec } from '../../src/ops/conv/conv.ts'
import { correctedBias } from '../../src/quantize/correct.ts'
import { gatherPatches, meanPatch, positionsOf } from '../../src/quantize/patches.ts'
import { compute } from '../../src/reference/kernels.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { goldenTest, type GoldenTensor } from '../numerics/golden.ts'
import { samples } from './nets.ts'

type Floats = GoldenTensor<Float32Array>

goldenTest<{
  bias_correction: { W: Floats; x: Floats; Wq: Floats; delta_to_subtract_f64: number[] }[]
}>('biases move by the recorded expected error', 'ptq_transforms.json', ({ bias_correction }) => {
  expect(bias_correction.length).toBeGreaterThan(0)
  for (const { W, x, Wq, delta_to_subtract_f64 } of bias_correction) {
    const spec = {
      op: 'Gemm',
      inputs: [{ dtype: 'float32', shape: x.shape }],
      output: { dtype: 'float32', shape: [x.shape[0], W.shape[0]] },
      weightZeroPoints: false,
    } as const
    const mean = meanPatch(spec, tensor('float32', x.shape, x.data))
    const moved = correctedBias(
      new Float32Array(W.shape[0]),
      { weight: tensor('float32', W.shape, W.data), mean },
      { weight: tensor('float32', Wq.shape, Wq.data), mean },
    )
    for (const [m, delta] of delta_to_subtract_f64.entries())
      expect(Math.abs(-moved[m] - delta)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(delta)))
  }
})

/** A Conv with all there is: groups, strides, dilation, uneven padding. */
const SPEC: ConvSpec = {
  op: 'Conv',
  inputs: [{ dtype: 'float32', shape: [3, 4, 7, 6] }],
  output: { dtype: 'float32', shape: [3, 6, 4, 4] },
  kernel: [3, 2],
  strides: [2, 1],
  pads: [2, 0, 1, 0],
  dilations: [1, 2],
  group: 2,
  weightZeroPoints: false,
}

test('weights times patches are what the Conv computes, position by position', () => {
  const x = samples([3, 4, 7, 6])
  const weight = samples([6, 2, 3, 2], 2)
  const y = tensor('float32', SPEC.output.shape)
  const none = { bias: new Float32Array(6), clamp: [-Infinity, Infinity] } as const
  compute(SPEC, { kind: 'float-weights', weight, ...none }, [x], y)
  const positions = Int32Array.from({ length: positionsOf(SPEC) }, (_, i) => i)
  expect(positions).toHaveLength(48)
  for (const group of [0, 1]) {
    const rows = gatherPatches(SPEC, x, group, positions)
    for (const p of positions)
      for (let m = group * 3; m < group * 3 + 3; m++) {
        let sum = 0
        for (let k = 0; k < 12; k++) sum += rows[p * 12 + k] * weight.data[m * 12 + k]
        const [n, at] = [Math.floor(p / 16), p % 16]
        expect(y.data[(n * 6 + m) * 16 + at]).toBeCloseTo(sum, 5)
      }
    const mean = meanPatch(SPEC, x).subarray(group * 12, group * 12 + 12)
    for (let k = 0; k < 12; k++) {
      let sum = 0
      for (const p of positions) sum += rows[p * 12 + k]
      expect(mean[k]).toBeCloseTo(sum / 48, 12)
    }
  }
})

test('a corrected layer has the expected output of the original, for grouped Convs too', () => {
  const x: Tensor<'float32'> = samples([3, 4, 7, 6])
  const weight = samples([6, 2, 3, 2], 2)
  const coarse = tensor(
    'float32',
    weight.shape,
    weight.data.map((w) => Math.round(w * 2) / 2) as Float32Array,
  )
  const bias = samples([6], 3).data
  const mean = meanPatch(SPEC, x)
  const moved = correctedBias(bias, { weight, mean }, { weight: coarse, mean })
  const means = (weights: Tensor<'float32'>, biases: Float32Array): number[] => {
    const y = tensor('float32', SPEC.output.shape)
    compute(
      SPEC,
      { kind: 'float-weights', weight: weights, bias: biases, clamp: [-Infinity, Infinity] },
      [x],
      y,
    )
    return Array.from({ length: 6 }, (_, m) => {
      let sum = 0
      for (let n = 0; n < 3; n++) for (let i = 0; i < 16; i++) sum += y.data[(n * 6 + m) * 16 + i]
      return sum / 48
    })
  }
  const [wanted, plain, corrected] = [means(weight, bias), means(coarse, bias), means(coarse, moved)]
  for (const [m, want] of wanted.entries()) expect(corrected[m]).toBeCloseTo(want, 5)
  expect(Math.max(...wanted.map((want, m) => Math.abs(want - plain[m])))).toBeGreaterThan(0.01)
})

test('without padding a mean patch of ones is ones', () => {
  const spec: ConvSpec = { ...SPEC, pads: NO_PADS, output: { dtype: 'float32', shape: [3, 6, 3, 4] } }
  const ones = tensor('float32', [3, 4, 7, 6])
  ones.data.fill(1)
  expect(Array.from(meanPatch(spec, ones))).toEqual(Array.from({ length: 24 }, () => 1))
})
