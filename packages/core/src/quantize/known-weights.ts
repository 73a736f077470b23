import { rangesOf } from '../calibrate/range.ts'
import { quantize, type QParams, type Range } from '../numerics/index.ts'
import type { Tensor } from '../tensor/tensor.ts'

interface Quantized {
  readonly weight: Tensor<'int8'>
  readonly qparams: QParams
}

/**
 * Ranges and integers of weights, each computed once. Configurations that differ only in the layers' inputs share them.
 * Only for weights that do not change.
 */
export class KnownWeights {
  /** Ranges by weights and axis. */
  readonly #ranges = new WeakMap<Tensor, Map<number | null, readonly Range[]>>()
  readonly #quantized = new WeakMap<Tensor, Quantized[]>()

  /** Same as `rangesOf`. */
  rangesOf(weight: Tensor<'float32'>, axis: number | null, name: string): readonly Range[] {
    const byAxis = this.#ranges.get(weight) ?? new Map<number | null, readonly Range[]>()
    this.#ranges.set(weight, byAxis)
    const ranges = byAxis.get(axis) ?? rangesOf(weight, axis, name)
    byAxis.set(axis, ranges)
    return ranges
  }

  /** Same as `quantize` to int8. The same grid gives the same tensor object. */
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
