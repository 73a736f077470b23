import { rangesOf } from '../calibrate/range.ts'
import { calibrator } from '../calibrate/registry.ts'
import { SAVED } from '../calibrate/saved.ts'
import type { Observation } from '../calibrate/observation.ts'
import { OctetError } from '../error.ts'
import { hasIntegers, type Model } from '../model/layers.ts'
import { isWeighted, weightsOf } from '../model/weights.ts'
import { isTooWide, qparamsFromRange, type QParams, type Range } from '../numerics/index.ts'
import { keepsGrid } from '../ops/list.ts'
import type { QuantizedWeights } from '../ops/record.ts'
import type { Grids, QuantizedModel } from '../model/quantized.ts'
import { KnownWeights } from './known-weights.ts'
import { quantizeWeights, weightGrid } from './weights.ts'

/**
 * Post-training quantization (Jacob et al. 2018; Krishnamoorthi 2018). Ranges of activations come from a calibrator
 * over the observations of `observe`; ranges of weights and of other constants are their minimum and maximum.
 * Transforms need samples: see `Calibration`. `ranges` holds the ranges, by tensor, that are known for this grid; new
 * ranges are added (with saved ranges, there are no others). `known` holds known ranges and integers of weights.
 * @throws OctetError naming a tensor that was not observed or whose range has no scale, or a layer whose sums could
 *   leave int32 and whose scale cannot be raised: see `withRoom`.
 */
export function ptq(
  model: Model,
  observations: ReadonlyMap<string, Observation>,
  configuration: Grids & { readonly transforms?: never },
  ranges: Map<string, Range> = new Map(),
  known: KnownWeights = new KnownWeights(),
): QuantizedModel {
  const { calibration } = configuration
  const strategy = calibration === SAVED ? null : calibrator(calibration)
  const activations = new Map<string, QParams>()
  const rangeOf = (name: string): Range => {
    const constant = model.graph.initializers.get(name)
    if (constant !== undefined) return rangesOf(constant, null, `constant "${name}"`)[0]
    const observation = observations.get(name)
    if (observation === undefined)
      throw new OctetError(
        `tensor "${name}" was not seen during calibration`,
        'calibrate the same model that is quantized',
      )
    const known = ranges.get(name) ?? strategy?.range(observation, configuration.activations)
    if (known === undefined)
      throw new OctetError(
        `no range of tensor "${name}" was saved`,
        'save the ranges again, with the same model',
      )
    ranges.set(name, known)
    return known
  }
  const gridOf = (name: string): QParams => {
    const range = rangeOf(name)
    if (isTooWide(range, configuration.activations))
      throw new OctetError(
        `tensor "${name}": its range [${range.min}, ${range.max}] is wider than float32 can say, so it has no scale`,
        'look for runaway values in the calibration samples and for overflow in the layers before this ' +
          'tensor, or calibrate by a percentile',
      )
    return qparamsFromRange(range, configuration.activations)
  }
  for (const { name } of model.graph.inputs) activations.set(name, gridOf(name))
  const weights = new Map<string, QuantizedWeights>()
  for (const layer of model.layers) {
    if (!hasIntegers(layer)) continue
    for (const input of layer.inputs) if (!activations.has(input)) activations.set(input, gridOf(input))
    const input = activations.get(layer.inputs[0])!
    const output = keepsGrid(layer.node) ? input : gridOf(layer.output)
    activations.set(layer.output, output)
    if (!isWeighted(layer)) continue
    const own = weightsOf(model, layer)
    const grid = weightGrid(layer.name, own, input, configuration.weights, known)
    weights.set(layer.name, quantizeWeights(layer.name, own, { input, output }, grid, known))
  }
  return { precision: 'int8', model, configuration, activations, weights }
}
