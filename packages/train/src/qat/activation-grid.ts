import {
  type Clamp,
  elements,
  learnedStepFactor,
  movingAverage,
  type MovingAverage,
  type QParams,
  qparamsFromRange,
  type QParamsOptions,
  type QuantScheme,
  type Range,
  rint,
} from '@octet/core'
import type { Mode, Operator, Value } from '@octet/core/training'
import { type Parameter, parameter } from '../network.ts'

/** The way in which grids change during training. */
export interface GridOptions extends QParamsOptions {
  /**
   * If true, scales are parameters (Esser et al. 2020) and zero points stay fixed. Otherwise ranges follow a moving
   * average until they freeze.
   */
  readonly learned?: boolean
  /** How far each batch pulls an observed range towards its own range. Default 0.01. */
  readonly averagingConstant?: number
}

/**
 * The grid of an activation tensor, and the bounds of the activation fused before it. The grid follows the ranges of
 * batches until it freezes, or its scale is trained. The parameter is the scale's logarithm, so that the scale stays
 * positive and changes in proportion.
 */
export class ActivationGrid {
  /** Whether batches move the range. Always false if the scale is learned. */
  observing: boolean
  /** The natural logarithm of the scale, if it is learned. */
  readonly scale: Parameter | undefined
  /** The observed range [min, max], and whether anything was observed. */
  readonly range: Float32Array
  readonly #scheme: QuantScheme
  readonly #options: GridOptions
  #grid: QParams | undefined
  /** The range from which `#grid` was made. */
  #of: Range = { min: NaN, max: NaN }

  /** @param start the first grid; without it, the first batch's range gives the grid. */
  constructor(name: string, scheme: QuantScheme, start: QParams | undefined, options: GridOptions) {
    this.#scheme = scheme
    this.#options = options
    this.#grid = start
    const { min, max } = start === undefined ? { min: NaN, max: NaN } : rangeOn(start, scheme)
    this.range = Float32Array.of(min, max)
    this.#of = { min: this.range[0], max: this.range[1] }
    this.observing = options.learned !== true
    if (options.learned === true && start !== undefined)
      this.scale = parameter(`${name}.scale`, [1], Float32Array.of(Math.log(start.scale[0])))
  }

  get grid(): QParams {
    if (this.scale !== undefined)
      return { ...this.#grid!, scale: Float32Array.of(Math.exp(this.scale.data[0])) }
    const [min, max] = this.range
    if (this.#grid === undefined || min !== this.#of.min || max !== this.#of.max) {
      this.#of = { min, max }
      this.#grid = qparamsFromRange(this.#of, this.#scheme, this.#options)
    }
    return this.#grid
  }

  /** Moves the range towards the range of a batch. */
  observe(batch: Range): void {
    const [min, max] = this.range
    const average: MovingAverage | null =
      min === min ? { range: { min, max }, first: batch, batches: 1 } : null
    const moved = movingAverage(average, batch, this.#options.averagingConstant).range
    this.range.set([moved.min, moved.max])
  }

  /** Applies the bounds of the activation, then fake quantization: `y = fakeQuantize(clamp(x))`. */
  bind(
    x: Value,
    y: Value,
    [lo, hi]: Clamp,
    { capacity, observes }: { readonly capacity: number; readonly observes: boolean },
  ): Operator {
    const size = elements(y.shape)
    /** 1 if the gradient passes: strictly within the bounds, and within the grid, ends included. */
    const passes = new Uint8Array(capacity * size)
    let grid: QParams | undefined
    return {
      forward: (batch: number, mode: Mode) => {
        const count = batch * size
        if (mode === 'train' && observes && this.observing) this.observe(heldRange(x.data, count, lo, hi))
        grid = this.grid
        quantizeInto(y.data, passes, x.data, count, [lo, hi], grid)
      },
      backward: (batch: number) => {
        const dy = y.grad!
        if (x.grad !== null) {
          const dx = x.grad
          for (let i = 0; i < batch * size; i++) dx[i] += dy[i] * passes[i]
        }
        if (this.scale === undefined) return
        const count = batch * size
        const byScale = scaleGradient(dy, x.data, count, [lo, hi], grid!)
        // The gradient by the logarithm: dL/d(ln s) = s dL/ds.
        this.scale.grad[0] += byScale * learnedStepFactor(count, grid!.qmax) * grid!.scale[0]
      },
    }
  }
}

/** The range from which this grid follows. */
function rangeOn({ scale, zeroPoint, qmin, qmax }: QParams, { symmetric }: QuantScheme): Range {
  const half = ((qmax - qmin) / 2) * scale[0]
  if (symmetric) return { min: -half, max: half }
  return { min: (qmin - zeroPoint[0]) * scale[0], max: (qmax - zeroPoint[0]) * scale[0] }
}

function heldRange(x: Float32Array, count: number, lo: number, hi: number): Range {
  let min = Infinity
  let max = -Infinity
  for (let i = 0; i < count; i++) {
    const value = x[i]
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min: Math.min(Math.max(min, lo), hi), max: Math.min(Math.max(max, lo), hi) }
}

/**
 * Computes `y = fakeQuantize(clamp(x))`. The bounds are put on the grid first, which gives the same result because
 * rounding keeps the order. Comparison results are multiplied instead of branched on: behind a Relu, half of the
 * branches would be mispredicted.
 */
function quantizeInto(
  y: Float32Array,
  passes: Uint8Array,
  x: Float32Array,
  count: number,
  [lo, hi]: Clamp,
  { scale, zeroPoint, qmin, qmax }: QParams,
): void {
  const s = scale[0]
  const z = zeroPoint[0]
  const inverse = Math.fround(1 / s)
  const stepsOf = (bound: number): number =>
    Math.min(Math.max(rint(Math.fround(bound * inverse)), qmin - z), qmax - z)
  const [first, last] = [stepsOf(lo), stepsOf(hi)]
  for (let i = 0; i < count; i++) {
    const value = x[i]
    const steps = rint(Math.fround(value * inverse))
    const below = Number(steps < first)
    const above = Number(steps > last)
    passes[i] = Number(value > lo) & Number(value < hi) & ((below | above) ^ 1)
    y[i] = (steps * (1 - below - above) + first * below + last * above) * s
  }
}

/** dL/ds as in `learnedStepGradients`, for a tensor with one scale, without its factor. */
function scaleGradient(
  dy: Float32Array,
  x: Float32Array,
  count: number,
  [lo, hi]: Clamp,
  { scale, zeroPoint, qmin, qmax }: QParams,
): number {
  const s = scale[0]
  const z = zeroPoint[0]
  const inverse = Math.fround(1 / s)
  let sum = 0
  for (let i = 0; i < count; i++) {
    const held = Math.min(Math.max(x[i], lo), hi)
    const steps = rint(Math.fround(held * inverse))
    const q = steps + z
    sum += dy[i] * (q >= qmin && q <= qmax ? steps - held / s : (q < qmin ? qmin : qmax) - z)
  }
  return sum
}
