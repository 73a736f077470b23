import { rangesOf } from '../calibrate/range.ts'
import { quantize, type QParams, type Range } from '../numerics/index.ts'
import type { Tensor } from '../tensor/tensor.ts'

interface Quantized {
  readonly weight: Tensor<'int8'>
  readonly qparams: QParams
}

/**
 * Ranges and integers of weights, each found once: configurations that differ in what layers read share them. Only for
 * weights that do not change.
 */
export class KnownWeights {
  /** By weights and axis. */
  readonly #ranges = new WeakMap<Tensor, Map<number | null, readonly Range[]>>()
  readonly #quantized = new WeakMap<Tensor, Quantized[]>()

  /** As `rangesOf`. */
  rangesOf(weight: Tensor<'float32'>, axis: number | null, name: string): readonly Range[] {
    const byAxis = this.#ranges.get(weight) ?? new Map<number | null, readonly Range[]>()
    this.#ranges.set(weight, byAxis)
    const ranges = byAxis.get(axis) ?? rangesOf(weight, axis, name)
    byAxis.set(axis, ranges)
    return ranges
  }

  /** As `quantize` to int8: the very same tensor for the same grid. */
  quantize(weight: Tensor<'float32'>, qparams: QParams): Tensor<'int8'> {
    const known = this.#quantized.get(weight) ?? []
    this.#quantized.set(weight, known)
    const found = known.find((one) => isSame(one.qparams, qparams))
    if (found !== undefined) return found.weight
    const made = { weight: quantize('int8', weight, qparams), qparams }
    known.push(made)
    return made.weight
  }
}

function isSame(a: QParams, b: QParams): boolean {
  return (
    a.axis === b.axis &&
    a.blockSize === b.blockSize &&
    a.by === b.by &&
    a.qmin === b.qmin &&
    a.qmax === b.qmax &&
    isEqual(a.scale, b.scale) &&
    isEqual(a.zeroPoint, b.zeroPoint)
  )
}

function isEqual(a: Float32Array | Int32Array, b: Float32Array | Int32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
