import {
  accountFor,
  findCalibrator,
  dequantize,
  isWeighted,
  hasIntegers,
  type Layer,
  type Observation,
  type QParams,
  type QuantizedModel,
  sqnrDb,
  weightsOf,
} from '@octet/core'
import type { Quantized } from './quantized.ts'

/** The effect of quantization on one layer: on its output and on its weights. */
export interface LayerAccount {
  readonly layer: string
  readonly op: string
  /** The output tensor of the layer, which the range belongs to. */
  readonly tensor: string
  readonly precision: 'int8' | 'fp16' | 'fp32'
  /** Only for a layer with weights. */
  readonly weights?: {
    readonly bits: number
    readonly scales: number
    /** Signal to quantization noise of the weights, in dB. Null if they are exact. */
    readonly sqnrDb: number | null
  }
  /** The figures of its output, if the output is stored as integers. */
  readonly activations?: {
    readonly bits: 8
    /** The calibrator that chose the range, or the tensor whose grid this tensor shares. */
    readonly strategy: string
    readonly lo: number
    readonly hi: number
    readonly scale: number
    readonly zeroPoint: number
    /** The share of observed values outside the range. */
    readonly clipped: number
    /** Estimated over the calibration samples. Null if there is no error. */
    readonly sqnrDb: number | null
  }
}

/** An account of every layer. The inputs come first. */
export function accountOf({ model, observations }: Quantized): readonly LayerAccount[] {
  const { graph, layers } = model.model
  const grids = 'activations' in model ? model.activations : new Map<string, QParams>()
  /** Tensors on one grid hold the same QParams object. The first of these tensors owns the grid. */
  const owners = new Map<QParams, string>()
  const strategyOf = (observation: Observation): string =>
    'configuration' in model ? strategyFor(observation, model.configuration) : 'given'
  const activationsOf = (tensor: string): Pick<LayerAccount, 'activations'> => {
    const qparams = grids.get(tensor)
    const observation = observations.get(tensor)
    if (qparams === undefined || observation === undefined) return {}
    const owner = owners.get(qparams)
    if (owner === undefined) owners.set(qparams, tensor)
    const { lo, hi, scale, zeroPoint, clipped, sqnrDb } = accountFor(observation, qparams)
    const strategy = owner === undefined ? strategyOf(observation) : `as ${owner}`
    return {
      activations: { bits: 8, strategy, lo, hi, scale, zeroPoint, clipped: Math.min(1, clipped), sqnrDb },
    }
  }
  const inputAccount = ({ name }: { readonly name: string }): LayerAccount => ({
    layer: name,
    op: 'input',
    tensor: name,
    precision: grids.has(name) ? 'int8' : model.precision === 'fp16' ? 'fp16' : 'fp32',
    ...activationsOf(name),
  })
  const layerAccount = (layer: Layer): LayerAccount => {
    const precision = precisionOf(model, layer)
    return {
      layer: layer.name,
      op: layer.node.op,
      tensor: layer.output,
      precision,
      ...weightsAccount(model, layer, precision),
      ...(precision === 'int8' && activationsOf(layer.output)),
    }
  }
  return [...graph.inputs.map(inputAccount), ...layers.map(layerAccount)]
}

/** The id of the calibrator. For a calibrator that selects another, also the id of its choice for this tensor. */
function strategyFor(
  observation: Observation,
  { calibration, activations }: QuantizedModel['configuration'],
): string {
  const chosen = findCalibrator(calibration)?.choose?.(observation, activations)
  return chosen === undefined ? calibration : `${calibration}: ${chosen}`
}

function precisionOf(model: Quantized['model'], layer: Layer): LayerAccount['precision'] {
  if (model.precision === 'fp16' || model.precision === 'fp32') return model.precision
  if (model.precision === 'mixed' && model.layers.get(layer.name) === 'fp16') return 'fp16'
  return hasIntegers(layer) ? 'int8' : 'fp32'
}

function weightsAccount(
  model: Quantized['model'],
  layer: Layer,
  precision: LayerAccount['precision'],
): Pick<LayerAccount, 'weights'> {
  if (!isWeighted(layer)) return {}
  const held = precision === 'int8' && 'weights' in model ? model.weights.get(layer.name) : undefined
  if (held === undefined)
    return { weights: { bits: precision === 'fp16' ? 16 : 32, scales: 0, sqnrDb: null } }
  const { qmin, qmax, scale } = held.qparams
  const { weight } = weightsOf(model.model, layer)
  const noise = sqnrDb(weight.data, dequantize(held.weight, held.qparams).data)
  return {
    weights: {
      bits: qmin >= -8 && qmax <= 7 ? 4 : 8,
      scales: scale.length,
      sqnrDb: Number.isFinite(noise) ? noise : null,
    },
  }
}
