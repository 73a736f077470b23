import {
  assignedLayers,
  type Calibration,
  dequantize,
  type ExactKernels,
  GRANULARITIES,
  type Granularity,
  inferShapes,
  isWeighted,
  type Layer,
  lower,
  macsOf,
  mix,
  type PtqConfiguration,
  type QuantizedModel,
  rangesOf,
  referenceEvaluator,
  sqnrDb,
  TASKS,
  uniform,
  type WeightedLayer,
  weightsOf,
  weightScheme,
} from '@octet/core'
import { MOST_CHANNELS, type Network, type NetworkLayer } from '@octet/results'
import { sizeOf } from '@octet/workloads'
import { calibrationRows } from './seen.ts'
import type { Subject } from './subject.ts'

/**
 * The most multiply-adds for all models with one INT8 layer together, and the number of samples that judge each model.
 */
const BUDGET_MACS = 2e8
const FEWEST_SAMPLES = 4
const MOST_SAMPLES = 32
const DIGITS = 4

type BySharing = NonNullable<NetworkLayer['alone']>

/**
 * The layers of a workload's model: the inputs and outputs of each layer, the ranges of its weights, and the loss of
 * the model's output if only that layer is INT8, on the activation grids of a configuration.
 * @throws OctetError if the model cannot be quantized.
 */
export async function networkOf(
  subject: Subject,
  calibration: Calibration,
  { calibration: strategy, activations }: PtqConfiguration,
  exact?: ExactKernels,
): Promise<Network> {
  const { info, model, workload } = subject
  const [perTensor, perChannel] = await Promise.all(
    GRANULARITIES.map((granularity) =>
      calibration.quantize({ calibration: strategy, activations, weights: eightBits(granularity) }),
    ),
  )
  const shapes = inferShapes(model.graph, 1)
  const { steps } = lower({ precision: 'fp32', model }, { batch: 1, normalizer: workload.normalizer })
  const macs = new Map(steps.map(({ name, spec }) => [name, macsOf(spec)]))
  const samples = samplesFor(subject)
  const alone = samples === 0 ? undefined : await aloneIn({ perTensor, perChannel }, subject, samples, exact)
  const described = (layer: Layer): NetworkLayer => {
    const { name, node, inputs, output } = layer
    const found = alone?.get(name)
    return {
      name,
      op: node.op,
      inputs: inputs.filter((input) => !model.graph.initializers.has(input)),
      output,
      shape: shapes.get(output)!.slice(1),
      macs: macs.get(name) ?? 0,
      ...(isWeighted(layer) && { weights: weightsIn(layer, perTensor, perChannel) }),
      ...(found && { alone: found }),
    }
  }
  return { workload: info.id, calibration: strategy, samples, layers: model.layers.map(described) }
}

function eightBits(granularity: Granularity): PtqConfiguration['weights'] {
  return weightScheme({ bits: 8, scheme: 'symmetric', granularity })
}

/**
 * The number of samples that the budget allows. 0 if they are too few, or if the model carries a state from one sample
 * to the next.
 */
function samplesFor({ model, macs, workload }: Subject): number {
  if (model.graph.states !== undefined || model.graph.batch === 'one') return 0
  const models = GRANULARITIES.length * assignedLayers(model).length
  const affordable = Math.floor(BUDGET_MACS / Math.max(1, macs * models))
  const samples = Math.min(MOST_SAMPLES, affordable, sizeOf(workload.calibration))
  return models === 0 || samples < Math.min(FEWEST_SAMPLES, sizeOf(workload.calibration)) ? 0 : samples
}

/** By layer. A layer whose INT8 form makes the output not finite is left out. */
async function aloneIn(
  quantized: Readonly<Record<keyof BySharing, QuantizedModel>>,
  { model, workload }: Subject,
  samples: number,
  exact: ExactKernels | undefined,
): Promise<Map<string, BySharing>> {
  const x = calibrationRows(workload).at(Int32Array.from({ length: samples }, (_, row) => row))
  const evaluate = referenceEvaluator(model, workload.normalizer, [{ x }], TASKS.features, exact && { exact })
  const found = new Map<string, BySharing>()
  for (const layer of assignedLayers(model)) {
    const assignment = new Map(uniform(model, 'fp16')).set(layer, 'int8')
    const at = async (one: QuantizedModel): Promise<number> =>
      (await evaluate(mix({ int8: one, w4a8: one }, assignment))).sqnrDb
    const sharing = { perTensor: await at(quantized.perTensor), perChannel: await at(quantized.perChannel) }
    if (Object.values(sharing).some((db) => Number.isNaN(db) || db === -Infinity)) continue
    found.set(layer, { perTensor: finiteOr(sharing.perTensor), perChannel: finiteOr(sharing.perChannel) })
  }
  return found
}

function weightsIn(
  layer: WeightedLayer,
  perTensor: QuantizedModel,
  perChannel: QuantizedModel,
): NonNullable<NetworkLayer['weights']> {
  const { weight } = weightsOf(perTensor.model, layer)
  const ranges = rangesOf(weight, 0, `weights of layer "${layer.name}"`)
  const errorOf = ({ weights }: QuantizedModel): number | null => {
    const { weight: integers, qparams } = weights.get(layer.name)!
    return finiteOr(sqnrDb(weight.data, dequantize(integers, qparams).data))
  }
  return {
    channels: ranges.length,
    ranges: someOf(ranges).map(({ min, max }) => [rounded(min), rounded(max)]),
    sqnrDb: { perTensor: errorOf(perTensor), perChannel: errorOf(perChannel) },
  }
}

function someOf<Range extends { readonly min: number; readonly max: number }>(
  ranges: readonly Range[],
): readonly Range[] {
  if (ranges.length <= MOST_CHANNELS) return ranges
  const ordered = ranges.toSorted((a, b) => a.max - a.min - (b.max - b.min))
  const last = ranges.length - 1
  return Array.from(
    { length: MOST_CHANNELS },
    (_, i) => ordered[Math.round((i * last) / (MOST_CHANNELS - 1))],
  )
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS))
}

/** As run files store decibels: null for an infinite ratio. */
function finiteOr(db: number): number | null {
  return Number.isFinite(db) ? db : null
}
