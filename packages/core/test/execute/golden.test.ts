import { expect } from 'vitest'
import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import { observe } from '../../src/execute/observe.ts'
import { modelOf } from '../../src/model/layers.ts'
import {
  quantizeBias,
  qparamsFromRange,
  SYMMETRIC_INT8,
  AFFINE_INT8,
  type QParams,
} from '../../src/numerics/index.ts'
import { calibrator } from '../../src/calibrate/registry.ts'
import { openReference } from '../../src/reference/device.ts'
import { compute } from '../../src/reference/kernels.ts'
import type { QuantizedModel } from '../../src/model/quantized.ts'
import type { QuantizedWeights } from '../../src/ops/record.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'
import { goldenTest, type GoldenTensor } from '../numerics/golden.ts'

type Floats = GoldenTensor<Float32Array>

interface Layer {
  w: GoldenTensor<Int8Array>
  w_scale: Floats
  bias_float: Floats
  out_scale: number
  out_zero_point: number
  out_q: GoldenTensor<Uint8Array>
}

interface Case {
  activation_observer: string
  float_state: Record<string, Floats>
  calibration: Floats[]
  x: Floats
  y_float: Floats
  layers: { c1: Layer; dw: Layer; pw: Layer; fc: Layer; input: { scale: number; zero_point: number } }
}

const IDENTITY = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
/** Tensor that each recorded layer yields, after its activation. */
const OUTPUTS = { c1: 'r1.y', dw: 'r2.y', pw: 'r3.y', fc: 'fc.y' } as const

function network(state: Record<string, Floats>): ReturnType<typeof modelOf> {
  const build = new GraphBuilder()
  const at = (name: string): Float32Array => state[name].data
  const norm = (name: string): Float32Array[] =>
    ['weight', 'bias', 'running_mean', 'running_var'].map((part) => at(`${name}.${part}`))
  const c1 = build.conv('c1', 'x', [6, 1, 3, 3], {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    data: at('c1.weight'),
    bias: at('c1.bias'),
  })
  const r1 = build.relu('r1', build.batchNorm('b1', c1, 6, norm('b1')))
  const dw = build.conv('dw', r1, [6, 1, 3, 3], { pads: [1, 1, 1, 1], group: 6, data: at('dw.weight') })
  const r2 = build.relu('r2', build.batchNorm('b2', dw, 6, norm('b2')))
  const r3 = build.relu(
    'r3',
    build.conv('pw', r2, [8, 6, 1, 1], { data: at('pw.weight'), bias: at('pw.bias') }),
  )
  build.gemm('fc', build.flatten('flat', r3), 5, 128, [at('fc.weight'), at('fc.bias')])
  return modelOf(build.graph([1, 8, 8]))
}

function grid(scale: number, zeroPoint: number): QParams {
  return {
    qmin: -128,
    qmax: 127,
    axis: null,
    scale: Float32Array.of(scale),
    zeroPoint: Int32Array.of(zeroPoint - 128),
  }
}

goldenTest<{ cases: Case[] }>(
  'a small network quantized as recorded yields the recorded integers, layer by layer, and the recorded ranges',
  'e2e_static_ptq.json',
  async ({ cases }) => {
    for (const { float_state, layers, x, y_float, calibration, activation_observer } of cases) {
      const model = network(float_state)
      const input = tensor('float32', x.shape, x.data)
      const device = openReference()

      const float = await load(
        lower({ precision: 'fp32', model }, { batch: x.shape[0], normalizer: IDENTITY }),
        device,
      )
      const y = await float.run(input)
      for (const [i, want] of y_float.data.entries()) expect(y.data[i]).toBeCloseTo(want, 5)

      const { input: first, ...weighted } = layers
      const inputScales = {
        c1: first.scale,
        dw: layers.c1.out_scale,
        pw: layers.dw.out_scale,
        fc: layers.pw.out_scale,
      }
      const activations = new Map([['x', grid(first.scale, first.zero_point)]])
      const weights = new Map<string, QuantizedWeights>()
      for (const name of ['c1', 'dw', 'pw', 'fc'] as const) {
        const { w, w_scale, bias_float, out_scale, out_zero_point } = weighted[name]
        activations.set(OUTPUTS[name], grid(out_scale, out_zero_point))
        weights.set(name, {
          weight: tensor('int8', w.shape, w.data),
          qparams: {
            qmin: -127,
            qmax: 127,
            axis: 0,
            scale: w_scale.data,
            zeroPoint: new Int32Array(w.shape[0]),
          },
          bias: quantizeBias(bias_float.data, inputScales[name], w_scale.data),
        })
      }
      activations.set('flat.y', activations.get('r3.y')!)
      const quantized: QuantizedModel = {
        precision: 'int8',
        model,
        configuration: {
          calibration: 'minmax',
          activations: AFFINE_INT8,
          weights: { ...SYMMETRIC_INT8, granularity: 'per-channel' },
        },
        activations,
        weights,
      }
      const program = lower(quantized, { batch: x.shape[0], normalizer: IDENTITY })
      const held: Tensor[] = program.tensors.map(({ dtype, shape }) => tensor(dtype, shape))
      held[program.inputs[0]] = input
      for (const step of program.steps) {
        compute(
          step.spec,
          step.constants,
          step.inputs.map((index) => held[index]),
          held[step.output],
        )
        const recorded = step.name in weighted ? weighted[step.name as keyof typeof weighted] : undefined
        if (recorded)
          expect(Array.from(held[step.output].data, (q) => q + 128)).toEqual(Array.from(recorded.out_q.data))
      }
      expect(program.steps.filter(({ name }) => name in weighted)).toHaveLength(4)

      const batches = calibration.map(({ shape, data }) => tensor('float32', shape, data))
      const seen = await observe(model, IDENTITY, batches)
      // The recorded runtime's hooks show the output of a fused Relu to its observer twice, which a moving average
      // notices.
      const seenTwice = await observe(
        model,
        IDENTITY,
        batches.flatMap((batch) => [batch, batch]),
      )
      for (const name of ['c1', 'dw', 'pw', 'fc'] as const) {
        const observations = name === 'fc' ? seen : seenTwice
        const strategy = calibrator(activation_observer === 'minmax' ? 'minmax' : 'moving-average')
        const range = strategy.range(observations.get(OUTPUTS[name])!, AFFINE_INT8)
        const { scale } = qparamsFromRange(range, AFFINE_INT8)
        expect(Math.abs(scale[0] / weighted[name].out_scale - 1)).toBeLessThan(1e-6)
      }
    }
  },
)
