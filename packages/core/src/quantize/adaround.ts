import { Adam } from '../numerics/adam.ts'
import { tensor } from '../tensor/tensor.ts'
import { Random } from '../statistics/random.ts'
import type { QuantizedWeights } from '../ops/record.ts'
import { Reconstruction } from './reconstruction.ts'
import {
  rectifiedSigmoid,
  rectifiedSigmoidInverse,
  rectifiedSigmoidSlope,
  undecidedSlope,
} from './rectified-sigmoid.ts'
import type { Site } from './refine.ts'

export interface AdaRoundOptions {
  /** The seed of the choice of output positions. */
  readonly seed: number
  /** The number of Adam steps per layer. */
  readonly iterations: number
}

export const ADAROUND: AdaRoundOptions = { seed: 1, iterations: 1000 }

const LEARNING_RATE = 0.05
/** The weight of the regularizer when nearest rounding loses 1 for each weight. */
const REGULARIZER = 5
/**
 * The share of the iterations without regularizer. Over the others, β goes from the first to the second of these
 * values.
 */
const WARM_UP = 0.2
const BETA: readonly [number, number] = [20, 2]

/**
 * AdaRound (Nagel et al. 2020): decides for each weight of a layer whether to round it down or up, so that the layer's
 * output, including its fused activation, comes nearest to FP32's output on calibration samples although its input is
 * quantized. Minimizes `|clamp(W x + b) - clamp(Ŵ(V) x̂ + b̂)|² + λ Σ (1 - |2 h(V) - 1|^β)` by Adam on V over
 * sampled output positions, with β annealed. Grid and bias do not change. If the result is no better on those
 * positions, nearest rounding is kept. The same seed gives the same integers.
 */
export function adaround(site: Site, { seed, iterations }: AdaRoundOptions = ADAROUND): QuantizedWeights {
  const { quantized } = site
  const reconstruction = new Reconstruction(site, new Random(seed))
  const relaxation = new Relaxation(site)
  const nearest = reconstruction.loss(relaxation.real(quantized.weight.data))
  if (nearest === 0) return quantized
  const gradient = new Float64Array(quantized.weight.data.length)
  for (let step = 0; step < iterations; step++) {
    reconstruction.gradient(relaxation.soft(), step, gradient)
    relaxation.move(gradient, gradient.length / nearest, betaAt(step / iterations))
  }
  const rounded = relaxation.rounded()
  const loss = reconstruction.loss(relaxation.real(rounded))
  return loss < nearest
    ? { ...quantized, weight: tensor('int8', quantized.weight.shape, rounded) }
    : quantized
}

/** The regularizer's exponent for a share of finished iterations; undefined during the warm-up without regularizer. */
function betaAt(progress: number): number | undefined {
  if (progress < WARM_UP) return undefined
  const annealed = (1 + Math.cos((Math.PI * (progress - WARM_UP)) / (1 - WARM_UP))) / 2
  return BETA[1] + (BETA[0] - BETA[1]) * annealed
}

/** A layer's weights, each between two integers. Adam moves V. */
class Relaxation {
  readonly #qmin: number
  readonly #qmax: number
  /** One entry per weight. */
  readonly #scale: Float64Array
  readonly #zeroPoint: Float64Array
  readonly #floor: Float64Array
  readonly #v: Float64Array
  readonly #h: Float64Array
  readonly #slope: Float64Array
  readonly #adam: Adam<Float64Array>

  constructor({ float: { weight }, quantized: { qparams } }: Site) {
    this.#qmin = qparams.qmin
    this.#qmax = qparams.qmax
    const count = weight.data.length
    const perOutput = count / weight.shape[0]
    const spread = (values: ArrayLike<number>): Float64Array =>
      Float64Array.from(
        { length: count },
        (_, i) => values[values.length === 1 ? 0 : Math.floor(i / perOutput)],
      )
    this.#scale = spread(qparams.scale)
    this.#zeroPoint = spread(qparams.zeroPoint)
    const steps = this.#scale.map((scale, i) => weight.data[i] / scale)
    this.#floor = steps.map((value, i) => Math.floor(value) + this.#zeroPoint[i])
    this.#v = steps.map((value) => rectifiedSigmoidInverse(value - Math.floor(value)))
    this.#h = new Float64Array(count)
    this.#slope = new Float64Array(count)
    this.#adam = new Adam({}, [{ data: this.#v, grad: this.#slope }])
  }

  /** `clamp(floor(w / s) + z + h(V))` in real units. */
  soft(): Float64Array {
    const reached = new Float64Array(this.#h.length)
    for (let i = 0; i < reached.length; i++) {
      this.#h[i] = rectifiedSigmoid(this.#v[i])
      reached[i] = this.#clamped(this.#floor[i] + this.#h[i])
    }
    return this.real(reached)
  }

  /** Rounds each weight up if its h is past the middle, else down. */
  rounded(): Int8Array {
    return Int8Array.from(this.#v, (v, i) => this.#clamped(this.#floor[i] + Number(v >= 0)))
  }

  /** Converts values in quantized units to real values. */
  real(values: ArrayLike<number>): Float64Array {
    const real = new Float64Array(values.length)
    for (let i = 0; i < real.length; i++) real[i] = (values[i] - this.#zeroPoint[i]) * this.#scale[i]
    return real
  }

  /**
   * Takes one step against `perLoss` times the gradient by real weights, and against the regularizer's gradient if β
   * is given.
   */
  move(gradient: Float64Array, perLoss: number, beta: number | undefined): void {
    for (let i = 0; i < gradient.length; i++) {
      const h = this.#h[i]
      let slope = 0
      // A weight that has reached 0 or 1 stays there. In the end, most weights have.
      if (h > 0 && h < 1) {
        const reached = this.#floor[i] + h
        if (reached === this.#clamped(reached)) slope += perLoss * gradient[i] * this.#scale[i]
        if (beta !== undefined) slope += REGULARIZER * undecidedSlope(h, beta)
        slope *= rectifiedSigmoidSlope(this.#v[i])
      }
      this.#slope[i] = slope
    }
    this.#adam.step(LEARNING_RATE)
  }

  #clamped(value: number): number {
    return Math.min(Math.max(value, this.#qmin), this.#qmax)
  }
}
