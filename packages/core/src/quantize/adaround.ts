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
  /** Decides which output positions are sampled. */
  readonly seed: number
  /** Steps of Adam a layer. */
  readonly iterations: number
}

export const ADAROUND: AdaRoundOptions = { seed: 1, iterations: 1000 }

const LEARNING_RATE = 0.05
/** Weight of the regularizer where nearest rounding loses 1 for each weight. */
const REGULARIZER = 5
/** Share of the iterations without regularizer; β goes from the first to the second of these over the others. */
const WARM_UP = 0.2
const BETA: readonly [number, number] = [20, 2]

/**
 * AdaRound (Nagel et al. 2020): decides for each weight of a layer whether it is rounded down or up, so that the
 * layer's output, fused activation included, comes nearest to FP32's on calibration samples although its input is
 * quantized. Minimizes `|clamp(W x + b) - clamp(Ŵ(V) x̂ + b̂)|² + λ Σ (1 - |2 h(V) - 1|^β)` by Adam on V over sampled
 * output positions, β annealed. Grid and bias stay as they are; nearest rounding is kept where the result does no
 * better on those positions. The same seed gives the same integers.
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

/** The regularizer's exponent by the share of iterations done; undefined while there is none. */
function betaAt(progress: number): number | undefined {
  if (progress < WARM_UP) return undefined
  const annealed = (1 + Math.cos((Math.PI * (progress - WARM_UP)) / (1 - WARM_UP))) / 2
  return BETA[1] + (BETA[0] - BETA[1]) * annealed
}

/** A layer's weights, each between two integers; Adam moves V. */
class Relaxation {
  readonly #qmin: number
  readonly #qmax: number
  /** By weight. */
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

  /** Every weight up where h is past the middle, else down. */
  rounded(): Int8Array {
    return Int8Array.from(this.#v, (v, i) => this.#clamped(this.#floor[i] + Number(v >= 0)))
  }

  /** Values in quantized units as real ones. */
  real(values: ArrayLike<number>): Float64Array {
    const real = new Float64Array(values.length)
    for (let i = 0; i < real.length; i++) real[i] = (values[i] - this.#zeroPoint[i]) * this.#scale[i]
    return real
  }

  /** One step against `perLoss` times the gradient by real weights, and the regularizer's where there is a β. */
  move(gradient: Float64Array, perLoss: number, beta: number | undefined): void {
    for (let i = 0; i < gradient.length; i++) {
      const h = this.#h[i]
      let slope = 0
      // Weights that have arrived at 0 or 1, most of them in the end, stay there.
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
