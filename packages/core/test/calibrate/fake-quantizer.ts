import { OctetError } from '../../src/error.ts'
import {
  fakeQuantize,
  qparamsFromRange,
  type FakeQuantized,
  type QParams,
  type QParamsOptions,
  type QuantScheme,
  type Range,
} from '../../src/numerics/index.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { AVERAGING_CONSTANT, movingAverage, type MovingAverage } from '../../src/calibrate/averaging.ts'
import { rangesOf } from '../../src/calibrate/range.ts'

/**
 * Fake quantization that learns its range while it trains, per tensor, by a moving average. A schedule turns its two
 * switches: observe first, then quantize too, then freeze the range. Source: PyTorch's FakeQuantize; Jacob et al. 2018,
 * section 3.1.
 */
export class FakeQuantizer {
  /** Whether batches move the range. */
  observing = true
  /** Whether batches are quantized, or passed on as they are. */
  quantizing = true
  readonly #scheme: QuantScheme
  readonly #options: QParamsOptions & { readonly averagingConstant?: number }
  #average: MovingAverage | null = null

  constructor(scheme: QuantScheme, options: QParamsOptions & { readonly averagingConstant?: number } = {}) {
    this.#scheme = scheme
    this.#options = options
  }

  /** The averaged range of what was observed; null before anything was. */
  get range(): Range | null {
    return this.#average?.range ?? null
  }

  /** The grid of that range. @throws OctetError before anything was observed. */
  get qparams(): QParams {
    if (this.#average === null)
      throw new OctetError('this fake quantizer has no range yet', 'let it observe a batch first')
    return qparamsFromRange(this.#average.range, this.#scheme, this.#options)
  }

  /**
   * Observes and quantizes one batch, as far as it is switched on. Where it does not quantize every gradient passes.
   * @throws OctetError when it shall quantize before anything was observed, or a value is not finite.
   */
  apply(x: Tensor<'float32'>): FakeQuantized {
    if (this.observing)
      this.#average = movingAverage(
        this.#average,
        rangesOf(x, null)[0],
        this.#options.averagingConstant ?? AVERAGING_CONSTANT,
      )
    if (this.quantizing) return fakeQuantize(x, this.qparams)
    return { y: x, mask: new Uint8Array(x.data.length).fill(1) }
  }
}
