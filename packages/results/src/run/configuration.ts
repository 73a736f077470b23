import {
  FLOAT_PRECISIONS,
  GRANULARITIES,
  type Grid,
  GRID_PRECISIONS,
  LAYER_PRECISIONS,
  type LayerPrecision,
  PRECISION,
  SCHEMES,
  type Transform,
  TRANSFORMS,
  WEIGHT_BITS,
} from '@octet/core'
import * as v from 'valibot'
import { type Described, record, schemaOf, text } from './field.ts'

const GridSchema = schemaOf<Grid>()(
  record({
    bits: v.picklist(WEIGHT_BITS),
    scheme: v.picklist(SCHEMES),
    granularity: v.picklist(GRANULARITIES),
  }),
)

/** One side of a model (weights, or activations) in floating point. */
const FloatSideSchema = record({
  bits: v.picklist([32, 16]),
  scheme: v.literal('none'),
  granularity: v.literal('none'),
})

const sides = {
  precision: v.picklist(GRID_PRECISIONS),
  weights: GridSchema,
  activations: GridSchema,
  /** The id of the strategy that chose the ranges of the activations. */
  calibration: text,
}

/** The fields of a cell that the user chooses, for any workload and device, by method. */
export const CHOICES = {
  none: {
    /** Floating point. */
    method: v.literal('none'),
    precision: v.picklist(FLOAT_PRECISIONS),
    weights: FloatSideSchema,
    activations: FloatSideSchema,
    calibration: v.literal('none'),
  },
  ptq: {
    method: v.literal('ptq'),
    ...sides,
    /**
     * Corrections of weights and biases beyond rounding to nearest, in alphabetical order; absent if there are none.
     */
    transforms: v.exactOptional(v.pipe(v.array(v.picklist(TRANSFORMS)), v.minLength(1))),
  },
  qat: { method: v.literal('qat'), ...sides },
  /** Layers in different precisions, after training. */
  plan: {
    method: v.literal('plan'),
    precision: v.literal('mixed'),
    /** The grids of INT8 layers. Layers of `w4a8` have 4 bits instead of 8, and layers of `fp16` have no grid. */
    weights: GridSchema,
    activations: GridSchema,
    calibration: text,
    /** The precision of each layer with weights, by name. */
    layers: v.record(text, v.picklist(LAYER_PRECISIONS)),
    /** A digest of `layers`, which tells plans apart. */
    plan: text,
  },
  /** A model that was already quantized, with its own grids and integers. */
  delivered: { method: v.literal('delivered'), ...sides, calibration: v.literal('as-delivered') },
}

const ConfigurationSchema = v.variant('method', [
  record(CHOICES.none),
  record(CHOICES.ptq),
  record(CHOICES.qat),
  record(CHOICES.plan),
  record(CHOICES.delivered),
])
export type Configuration = Described<typeof ConfigurationSchema>
/** A configuration for which Octet makes the model. */
export type MadeConfiguration = Exclude<Configuration, { method: 'delivered' }>
/** A configuration with a precision for each layer. */
export type PlannedConfiguration = Extract<Configuration, { method: 'plan' }>
/** A configuration for which Octet makes an integer model. */
export type QuantizedConfiguration = Exclude<Configuration, { method: 'none' | 'delivered' | 'plan' }>

/** The form in which one side of a model is stored. */
export type Storage = Configuration['weights']

/** The corrections of PTQ beyond rounding to nearest, in order; empty if there are none. */
export function transformsOf(configuration: Configuration): readonly Transform[] {
  return configuration.method === 'ptq' ? (configuration.transforms ?? []) : []
}

/**
 * A configuration as one word in a cell's key: `fp32`,
 * `ptq/int8/w8-symmetric-per-channel/a8-affine-per-tensor/entropy`, followed by transforms. A plan has its digest.
 */
export function configurationKey(configuration: Configuration): string {
  const { method, precision, weights, activations } = configuration
  if (method === 'none') return precision
  return [
    method,
    precision,
    sideKey('w', weights),
    sideKey('a', activations),
    ...preparation(configuration),
    ...(method === 'plan' ? [configuration.plan] : []),
  ].join('/')
}

function sideKey(letter: 'w' | 'a', { bits, scheme, granularity }: Storage): string {
  return `${letter}${bits}-${scheme}-${granularity}`
}

/** A cell's key: workload, configuration, kernel package, adapter. */
export function cellKey(
  cell: Configuration & { readonly workload: string; readonly kernels: string; readonly adapter: string },
): string {
  return `${cell.workload}/${configurationKey(cell)}/${cell.kernels}/${cell.adapter}`
}

/**
 * A configuration as a phrase: `FP32`, `INT8, per-channel weights, entropy`. It names scheme and bits only if they are
 * not the default.
 */
export function configurationName(configuration: Configuration): string {
  return [formatName(configuration), ...preparation(configuration)].join(', ')
}

/** How a configuration stores its numbers, as a phrase: its name without calibration and transforms. */
export function formatName(configuration: Configuration): string {
  if (configuration.method === 'plan')
    return `mixed precision (${layersInWords(Object.values(configuration.layers))})`
  const { method, precision, weights, activations } = configuration
  const { name } = PRECISION[precision]
  if (method === 'none') return name
  return [
    `${method === 'qat' ? 'QAT ' : ''}${name}${method === 'delivered' ? ' as delivered' : ''}`,
    `${weights.bits === 8 ? '' : `${weights.bits}-bit `}${weights.granularity}` +
      `${weights.scheme === 'symmetric' ? '' : ` ${weights.scheme}`} weights`,
    ...(activations.scheme === 'affine' ? [] : [`${activations.scheme} activations`]),
  ].join(', ')
}

/** A precision as a phrase within a sentence. */
export function precisionName(precision: Configuration['precision']): string {
  return precision === 'mixed' ? 'mixed precision' : PRECISION[precision].name
}

/** The names of the precisions of a plan's layers. */
export const LAYER_PRECISION_NAMES: Readonly<Record<LayerPrecision, string>> = {
  fp16: 'FP16',
  int8: 'INT8',
  w4a8: '4-bit',
}

/** The number of layers in each precision: `1 FP16, 12 INT8`. */
export function layersInWords(layers: readonly LayerPrecision[]): string {
  return LAYER_PRECISIONS.map(
    (precision) => [layers.filter((one) => one === precision).length, precision] as const,
  )
    .filter(([count]) => count > 0)
    .map(([count, precision]) => `${count} ${LAYER_PRECISION_NAMES[precision]}`)
    .join(', ')
}

/**
 * The ids of the calibration and the transforms; empty for floating point, and for models that were already quantized.
 */
export function preparation(configuration: Configuration): readonly string[] {
  if (configuration.method === 'none' || configuration.method === 'delivered') return []
  return [configuration.calibration, ...transformsOf(configuration)]
}
