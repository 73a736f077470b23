import {
  elements,
  forEachScale,
  type Grids,
  learnedStepFactor,
  learnedStepGradients,
  type QParams,
  quantizeBias,
  type QuantizedWeights,
  quantizeWeights,
  rint,
  type Shape,
  type Surroundings,
  tensor,
  type WeightedLayer,
  weightGrid,
  type Weights,
  withRoom,
} from '@octet/core'
import type { Mode } from '@octet/core/training'
import { type Parameter, parameter } from '../network.ts'
import type { Norm } from './norm.ts'

/** The options for quantizing a layer's weights. */
export interface WeightOptions {
  readonly scheme: Grids['weights']
  /** The first grid. */
  readonly start: QParams
  /** If true, scales are parameters. Otherwise the grid follows the extremes of the folded weights until it freezes. */
  readonly learned: boolean
}

type MakeArray = (length: number) => Float32Array

/**
 * The constants of one Conv or Gemm in training: its own weight and bias, with the BatchNormalization behind it folded
 * in and the result fake-quantized. The layer's product reads `weight` and `bias`, and writes their gradients.
 */
export class LayerWeights {
  /** Whether the grid still follows the weights. */
  observing: boolean
  /**
   * Whether the norm still uses and updates the statistics of batches. The norm then adds the bias, not the product.
   */
  live: boolean
  /** The fake-quantized weight [M, ...]. */
  readonly weight: Parameter
  /** The bias [M] on the grid of the layer's sums; zeros while the norm is live. */
  readonly bias: Parameter
  /** The layer's weight and bias before the norm is folded into them. */
  readonly own: { readonly weight: Parameter; readonly bias: Parameter }
  readonly parameters: readonly Parameter[]
  readonly norm: NormValues | undefined
  readonly learned: boolean
  /** The scales and zero points of the grid. */
  readonly scale: Float32Array
  readonly zeroPoint: Float32Array
  readonly #name: string
  readonly #options: WeightOptions
  readonly #logScale: Parameter | undefined
  readonly #folded: Weights
  readonly #gain: Float64Array
  readonly #mask: Uint8Array

  /** @param array allocates the zeroed arrays that the layer's product reads and writes. */
  constructor(
    { name }: WeightedLayer,
    weights: Weights,
    norm: Norm | undefined,
    options: WeightOptions,
    array: MakeArray = (length) => new Float32Array(length),
  ) {
    const { weight, bias } = norm ?? weights
    this.#name = name
    this.#options = options
    this.observing = !options.learned
    this.learned = options.learned
    this.live = norm !== undefined
    this.weight = zeros(`${name}.weight.quantized`, weight.shape, array)
    this.bias = zeros(`${name}.bias.quantized`, [bias.length], array)
    this.own = {
      weight: parameter(`${name}.weight`, weight.shape, weight.data),
      bias: parameter(`${name}.bias`, [bias.length], bias),
    }
    this.norm = norm && {
      scale: parameter(`${name}.norm.scale`, [bias.length], norm.scale),
      shift: parameter(`${name}.norm.shift`, [bias.length], norm.shift),
      mean: norm.mean.slice(),
      variance: norm.variance.slice(),
      epsilon: norm.epsilon,
    }
    this.scale = options.start.scale.slice()
    this.zeroPoint = Float32Array.from(options.start.zeroPoint)
    if (options.learned)
      this.#logScale = parameter(`${name}.weight.scale`, [this.scale.length], this.scale.map(Math.log))
    this.parameters = [
      ...Object.values(this.own),
      ...(this.norm ? [this.norm.scale, this.norm.shift] : []),
      ...(this.#logScale ? [this.#logScale] : []),
    ]
    this.#folded = { weight: tensor('float32', weight.shape), bias: new Float32Array(bias.length) }
    this.#gain = new Float64Array(bias.length).fill(1)
    this.#mask = new Uint8Array(weight.data.length)
  }

  /**
   * Folds and quantizes. Afterwards the product can read `weight` and `bias`.
   * @throws OctetError as `withRoom` does.
   */
  prepare(surroundings: Surroundings, mode: Mode): void {
    const { bias } = this.fold()
    const inputScale = surroundings.input.scale[0]
    const grid = this.#gridIn(surroundings)
    this.#quantize(grid)
    if (this.live && mode === 'train') this.bias.data.fill(0)
    else {
      const integers = quantizeBias(bias, inputScale, grid.scale)
      for (let m = 0; m < integers.length; m++)
        this.bias.data[m] =
          integers[m] * Math.fround(inputScale * grid.scale[grid.scale.length === 1 ? 0 : m])
    }
  }

  /** Turns the gradients that the product wrote to `weight` and `bias` into the gradients of the parameters. */
  backward(): void {
    const { weight, bias } = this.own
    const grad = this.#logScale === undefined ? this.#passed() : this.#learned(this.#logScale)
    const inner = grad.length / bias.data.length
    for (let m = 0; m < bias.data.length; m++) {
      const gain = this.#gain[m]
      let byGain = 0
      for (let i = m * inner; i < (m + 1) * inner; i++) {
        weight.grad[i] += grad[i] * gain
        byGain += grad[i] * weight.data[i]
      }
      const byBias = this.live ? 0 : this.bias.grad[m]
      bias.grad[m] += byBias * gain
      if (this.norm === undefined) continue
      const { scale, shift, mean, variance, epsilon } = this.norm
      shift.grad[m] += byBias
      byGain += byBias * (bias.data[m] - mean[m])
      scale.grad[m] += byGain / Math.sqrt(variance[m] + epsilon)
    }
  }

  /**
   * Weight and bias with the running statistics folded in. These are quantized, and an FP32 model would have them too.
   * The next call overwrites them.
   */
  fold(): Weights {
    const { weight, bias } = this.#folded
    const own = this.own
    const inner = weight.data.length / bias.length
    for (let m = 0; m < bias.length; m++) {
      let offset = 0
      if (this.norm !== undefined) {
        const { scale, shift, mean, variance, epsilon } = this.norm
        this.#gain[m] = scale.data[m] / Math.sqrt(variance[m] + epsilon)
        offset = shift.data[m] - mean[m] * this.#gain[m]
      }
      const gain = this.#gain[m]
      for (let i = m * inner; i < (m + 1) * inner; i++) weight.data[i] = own.weight.data[i] * gain
      bias[m] = own.bias.data[m] * gain + offset
    }
    return this.#folded
  }

  /** The integers with which the layer runs after training. */
  integers(surroundings: Surroundings): QuantizedWeights {
    const weights = this.fold()
    const { scale, ...grid } = this.#gridIn(surroundings)
    return quantizeWeights(this.#name, weights, surroundings, { ...grid, scale: scale.slice() })
  }

  /** The grid of the folded weights, whether learned, observed or frozen, with room for the layer's sums. */
  #gridIn(surroundings: Surroundings): QParams {
    const { start, scheme } = this.#options
    if (this.#logScale !== undefined)
      for (const [i, log] of this.#logScale.data.entries()) this.scale[i] = Math.exp(log)
    else if (this.observing) {
      const grid = weightGrid(this.#name, this.#folded, surroundings.input, scheme)
      this.scale.set(grid.scale)
      this.zeroPoint.set(grid.zeroPoint)
    }
    const grid = { ...start, scale: this.scale, zeroPoint: Int32Array.from(this.zeroPoint) }
    const roomy = withRoom(this.#name, this.#folded, surroundings, grid)
    if (roomy === grid) return grid
    this.scale.set(roomy.scale)
    this.#logScale?.data.set(roomy.scale.map(Math.log))
    return grid
  }

  /** Applies `fakeQuantize` to `weight`, and writes the mask. */
  #quantize(grid: QParams): void {
    const { data: x, shape } = this.#folded.weight
    const { data: y } = this.weight
    const { qmin, qmax } = grid
    forEachScale(shape, grid, (s, z, start, end) => {
      const inverse = Math.fround(1 / s)
      for (let i = start; i < end; i++) {
        const q = rint(Math.fround(x[i] * inverse)) + z
        y[i] = ((q < qmin ? qmin : q > qmax ? qmax : q) - z) * s
        this.#mask[i] = Number(q >= qmin && q <= qmax)
      }
    })
  }

  /** The gradient by the folded weight: passed straight through wherever the weight was within the grid. */
  #passed(): Float32Array {
    const { grad } = this.weight
    for (let i = 0; i < grad.length; i++) grad[i] *= this.#mask[i]
    return grad
  }

  /** The same on a learned grid. It also adds the grid's own gradient, by the logarithm: dL/d(ln s) = s dL/ds. */
  #learned(logScale: Parameter): Float32Array {
    const { start } = this.#options
    const count = this.weight.data.length / this.scale.length
    const grid = { ...start, scale: this.scale, zeroPoint: this.zeroPoint }
    const factor = learnedStepFactor(count, start.qmax)
    const { x, scale } = learnedStepGradients(this.#folded.weight, grid, this.weight.grad, factor)
    for (const [i, byScale] of scale.entries()) logScale.grad[i] += byScale * this.scale[i]
    return x
  }
}

/** A BatchNormalization's parameters and running statistics, [M] each. */
export interface NormValues {
  readonly scale: Parameter
  readonly shift: Parameter
  readonly mean: Float32Array
  readonly variance: Float32Array
  readonly epsilon: number
}

function zeros(name: string, shape: Shape, array: MakeArray): Parameter {
  const length = elements(shape)
  return { name, shape, batched: false, data: array(length), grad: array(length) }
}
