import type { Observation } from '../calibrate/observation.ts'
import { SAVED } from '../calibrate/saved.ts'
import { OctetError } from '../error.ts'
import { observe } from '../execute/observe.ts'
import { countOf, tensorsOf, type Samples } from '../execute/program.ts'
import { largestBatch } from '../model/graph.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import type { Model } from '../model/layers.ts'
import type { Normalizer } from '../model/normalizer.ts'
import { dequantize, quantizeBias, type Range } from '../numerics/index.ts'
import type { QuantizedWeights } from '../ops/record.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import { absorbBiases } from './absorb.ts'
import { adaround } from './adaround.ts'
import { correctedBias } from './correct.ts'
import { equalize, unclip } from './equalize.ts'
import type { PtqConfiguration, QuantizedModel } from '../model/quantized.ts'
import { NO_TRANSFORMS, type Transforms } from '../model/transforms.ts'
import { meanPatch } from './patches.ts'
import { KnownWeights } from './known-weights.ts'
import { ptq } from './ptq.ts'
import { refine, type Site } from './refine.ts'
import { biasWithRoom, channelsWithRoom } from './room.ts'
import { channelStatistics } from './statistics.ts'

/** The most calibration samples that transforms use. The observing pass uses all samples. */
const MOST_SAMPLES = 256

/** A model that is ready to be quantized, equalized or not, with the observations of its tensors. */
export interface Calibrated {
  readonly model: Model
  readonly observations: ReadonlyMap<string, Observation>
}

/**
 * A model with its raw calibration samples. Every configuration is quantized from the same passes over them: one pass
 * for the model as it is, and one for each requested kind of equalization. Passes run on the reference, or on exact
 * kernels with the same results.
 *
 * Each pass reads the batches once and keeps none of them, so their source may read them from a file in each pass.
 */
export class Calibration {
  readonly #model: Model
  readonly #normalizer: Normalizer
  readonly #batches: Iterable<Samples>
  readonly #exact: ExactKernels | undefined
  readonly #saved: ReadonlyMap<string, Range> | undefined
  readonly #calibrated = new Map<Transforms['equalization'], Promise<Calibrated>>()

  /** Ranges of tensors by equalization, calibration and grid. They do not depend on the weights' configuration. */
  readonly #ranges = new Map<string, Map<string, Range>>()
  readonly #weights = new KnownWeights()

  /** @param saved ranges by tensor from another run, for configurations whose calibration is `SAVED` */
  constructor(
    model: Model,
    normalizer: Normalizer,
    batches: Iterable<Samples>,
    exact?: ExactKernels,
    saved?: ReadonlyMap<string, Range>,
  ) {
    this.#model = model
    this.#normalizer = normalizer
    this.#batches = batches
    this.#exact = exact
    this.#saved = saved
  }

  /** The model under one equalization, observed. */
  calibrated(equalization: Transforms['equalization'] = 'none'): Promise<Calibrated> {
    const known = this.#calibrated.get(equalization)
    if (known !== undefined) return known
    const made = this.#observe(equalization)
    this.#calibrated.set(equalization, made)
    return made
  }

  /**
   * Post-training quantization with all transforms of the configuration: equalize, absorb biases, observe, put tensors
   * on grids, then round and correct biases layer by layer.
   * @throws OctetError as `observe` and `ptq` do, and for saved ranges of a model that is equalized first.
   */
  async quantize(configuration: PtqConfiguration): Promise<QuantizedModel> {
    const { transforms = NO_TRANSFORMS, ...grids } = configuration
    if (grids.calibration === SAVED && transforms.equalization !== 'none')
      throw new OctetError(
        'saved ranges belong to the model without equalization, which changes the values of its tensors',
        'leave the equalization out, or calibrate',
      )
    const { model, observations } = await this.calibrated(transforms.equalization)
    const plain = ptq(model, observations, grids, this.#rangesOf(configuration), this.#weights)
    const { rounding, biasCorrection } = transforms
    if (rounding === 'nearest' && !biasCorrection) return { ...plain, configuration }
    const mend = (site: Site): QuantizedWeights => {
      const { quantized, input } = site
      const rounded = rounding === 'adaround' ? channelsWithRoom(adaround(site), quantized, input) : quantized
      return biasCorrection ? corrected(site, rounded) : rounded
    }
    const refined = refine(plain, this.#normalizer, this.#samples(), mend, this.#exact)
    return { ...refined, configuration }
  }

  #rangesOf({ transforms = NO_TRANSFORMS, calibration, activations }: PtqConfiguration): Map<string, Range> {
    const key = JSON.stringify([transforms.equalization, calibration, activations])
    const known = this.#ranges.get(key) ?? new Map(calibration === SAVED ? this.#saved : [])
    this.#ranges.set(key, known)
    return known
  }

  async #observe(equalization: Transforms['equalization']): Promise<Calibrated> {
    const model = this.#equalized(equalization)
    return { model, observations: await observe(model, this.#normalizer, this.#batches, this.#exact) }
  }

  #equalized(equalization: Transforms['equalization']): Model {
    if (equalization === 'none') return this.#model
    const open = equalization === 'unclipped' ? unclip(this.#model) : this.#model
    const equal = equalize(open)
    return absorbBiases(equal, channelStatistics(equal, this.#normalizer, this.#samples(), this.#exact))
  }

  /**
   * The first calibration samples, joined.
   * @throws OctetError if there are none, or if the model takes one sample at a time: transforms need several together.
   */
  #samples(): Samples {
    const parts: Tensor<'float32'>[][] = []
    let count = 0
    for (const batch of this.#batches) {
      const taken = Math.min(countOf(batch), MOST_SAMPLES - count)
      // The samples are copied, because the source may overwrite a batch when it yields the next.
      parts.push(tensorsOf(batch).map((one) => firstOf(one, taken)))
      count += taken
      if (count === MOST_SAMPLES) break
    }
    if (count === 0)
      throw new OctetError(
        'the calibration set is empty',
        'give at least one sample, a few hundred are usual',
      )
    if (count > largestBatch(this.#model.graph))
      throw new OctetError(
        `model "${this.#model.graph.name}" takes one sample at a time, and transforms need many at once`,
        'quantize it without transforms, or export it with a free batch dimension',
      )
    return parts[0].map((first, input) => {
      const samples = tensor('float32', [count, ...first.shape.slice(1)])
      let filled = 0
      for (const part of parts) {
        samples.data.set(part[input].data, filled)
        filled += part[input].data.length
      }
      return samples
    })
  }
}

/** A copy of the first samples of a tensor [n, ...]. */
function firstOf({ shape, data }: Tensor<'float32'>, count: number): Tensor<'float32'> {
  return tensor('float32', [count, ...shape.slice(1)], data.slice(0, (data.length / shape[0]) * count))
}

/** The same weights with the bias from `correctedBias`, as far as int32 has room for it. */
function corrected({ spec, float, x, quantizedX, input }: Site, rounded: QuantizedWeights): QuantizedWeights {
  const bias = correctedBias(
    float.bias,
    { weight: float.weight, mean: meanPatch(spec, x) },
    { weight: dequantize(rounded.weight, rounded.qparams), mean: meanPatch(spec, quantizedX) },
  )
  const integers = quantizeBias(bias, input.scale[0], rounded.qparams.scale)
  return { ...rounded, bias: biasWithRoom(integers, rounded, input) }
}
