import { expect } from 'vitest'
import { FakeQuantizer } from './fake-quantizer.ts'
import { rangesOf } from '../../src/calibrate/range.ts'
import {
  fakeQuantize,
  qparamsPerChannel,
  TORCH_SCALE_FLOOR,
  type QuantScheme,
} from '../../src/numerics/index.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { goldenTest, type GoldenTensor } from '../numerics/golden.ts'

type Floats = GoldenTensor<Float32Array>
type Matrix = Tensor<'float32'>

interface Case {
  activation: string
  observers_disabled_from_step: number
  act_averaging_constant: number
  init: Record<'w1' | 'b1' | 'w2' | 'b2', Floats>
  x: Floats[]
  t: Floats[]
  steps: { loss: number; act_scale: number[]; act_zero_point: number[] }[]
  final: Record<'w1' | 'b1' | 'w2' | 'b2', Floats>
  tolerance: { loss: number; weights: number }
}

const RATE = 0.1
const WEIGHTS: QuantScheme = { bits: 8, signed: true, symmetric: true, narrow: true }

function matrix({ shape, data }: Floats): Matrix {
  return tensor('float32', shape, data.slice())
}

/** a [N,K] times b [M,K] transposed. */
function timesTransposed(a: Matrix, b: Matrix): Matrix {
  const [[n, k], [m]] = [a.shape, b.shape]
  const out = tensor('float32', [n, m])
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++)
      for (let l = 0, sum = 0; l < k; l++) out.data[i * m + j] = sum += a.data[i * k + l] * b.data[j * k + l]
  return out
}

function transposed(a: Matrix): Matrix {
  const [rows, columns] = a.shape
  return tensor(
    'float32',
    [columns, rows],
    Float32Array.from(a.data, (_, i) => a.data[(i % rows) * columns + Math.floor(i / rows)]),
  )
}

/** A linear layer with fake-quantized weights, their observer, and plain SGD. */
class Linear {
  readonly weight: Matrix
  readonly bias: Matrix
  #ranges: ReturnType<typeof rangesOf> | undefined
  #x: Matrix | undefined
  #quantized: ReturnType<typeof fakeQuantize> | undefined

  constructor(weight: Floats, bias: Floats) {
    this.weight = matrix(weight)
    this.bias = matrix(bias)
  }

  forward(x: Matrix, observing: boolean): Matrix {
    if (observing || this.#ranges === undefined) this.#ranges = rangesOf(this.weight, 0)
    const grid = qparamsPerChannel(this.#ranges, 0, WEIGHTS, { scaleFloor: TORCH_SCALE_FLOOR })
    this.#quantized = fakeQuantize(this.weight, grid)
    this.#x = x
    const y = timesTransposed(x, this.#quantized.y)
    const outputs = this.bias.data.length
    return { ...y, data: y.data.map((sum, i) => sum + this.bias.data[i % outputs]) }
  }

  /**
   * Steps down the gradient, the weights' passing straight through where they were within their grid; returns that of
   * x.
   */
  backward(grad: Matrix): Matrix {
    const { y, mask } = this.#quantized!
    const gradX = timesTransposed(grad, transposed(y))
    const gradW = timesTransposed(transposed(grad), transposed(this.#x!))
    const outputs = this.bias.data.length
    for (let i = 0; i < gradW.data.length; i++) this.weight.data[i] -= RATE * gradW.data[i] * mask[i]
    for (let i = 0; i < grad.data.length; i++) this.bias.data[i % outputs] -= RATE * grad.data[i]
    return gradX
  }
}

goldenTest<{ cases: Case[] }>(
  'two layers train as recorded, observers frozen on the way',
  'qat_training.json',
  ({ cases }) => {
    for (const golden of cases) {
      const signed = golden.activation.startsWith('s8')
      const scheme: QuantScheme = {
        bits: 8,
        signed,
        symmetric: golden.activation.includes('sym'),
        narrow: false,
      }
      const options = { scaleFloor: TORCH_SCALE_FLOOR, averagingConstant: golden.act_averaging_constant }
      const grids = [0, 1, 2].map(() => new FakeQuantizer(scheme, options))
      const layers = [new Linear(golden.init.w1, golden.init.b1), new Linear(golden.init.w2, golden.init.b2)]
      for (const [step, expected] of golden.steps.entries()) {
        const observing = step < golden.observers_disabled_from_step
        for (const grid of grids) grid.observing = observing
        const x = grids[0].apply(matrix(golden.x[step]))
        const hidden = layers[0].forward(x.y, observing)
        const positive = { ...hidden, data: hidden.data.map((value) => Math.max(value, 0)) }
        const between = grids[1].apply(positive)
        const out = grids[2].apply(layers[1].forward(between.y, observing))

        const target = golden.t[step].data
        const error = out.y.data.map((value, i) => value - target[i])
        const loss = error.reduce((sum, value) => sum + value * value, 0) / error.length
        expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(golden.tolerance.loss)
        for (const [i, grid] of grids.entries()) {
          expect(Math.abs(grid.qparams.scale[0] / expected.act_scale[i] - 1)).toBeLessThan(
            golden.tolerance.loss,
          )
          expect(grid.qparams.zeroPoint[0]).toBe(expected.act_zero_point[i])
        }

        const gradOut = error.map((value, i) => ((2 * value) / error.length) * out.mask[i])
        const gradBetween = layers[1].backward(tensor('float32', out.y.shape, gradOut))
        const gradHidden = gradBetween.data.map((grad, i) =>
          hidden.data[i] > 0 ? grad * between.mask[i] : 0,
        )
        layers[0].backward(tensor('float32', hidden.shape, gradHidden))
      }
      const trained = { w1: layers[0].weight, b1: layers[0].bias, w2: layers[1].weight, b2: layers[1].bias }
      for (const [name, { data }] of Object.entries(golden.final))
        for (const [i, want] of data.entries())
          expect(Math.abs(trained[name as keyof typeof trained].data[i] - want)).toBeLessThan(
            golden.tolerance.weights * Math.max(1, Math.abs(want)),
          )
    }
  },
)
