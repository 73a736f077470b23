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
  /** Id of the strategy that activations have their ranges from. */
  calibration: text,
}

/** The fields of a cell that are a choice of the user's, whatever the workload and the device, by its method. */
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
    /** Corrections of weights and biases beyond rounding to nearest, in alphabetical order; absent for none. */
    transforms: v.exactOptional(v.pipe(v.array(v.picklist(TRANSFORMS)), v.minLength(1))),
  },
  qat: { method: v.literal('qat'), ...sides },
  /** Layers in different precisions, after training. */
  plan: {
    method: v.literal('plan'),
    precision: v.literal('mixed'),
    /** The grids of layers in INT8. Layers of `w4a8` have 4 bits in the place of 8, and layers of `fp16` no grid. */
    weights: GridSchema,
    activations: GridSchema,
    calibration: text,
    /** The precision of each layer with weights, by name. */
    layers: v.record(text, v.picklist(LAYER_PRECISIONS)),
    /** Digest of `layers`, which tells plans apart. */
    plan: text,
  },
  /** A model that came quantized, with grids and integers of its own. */
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
/** One that Octet makes the model of. */
export type MadeConfiguration = Exclude<Configuration, { method: 'delivered' }>
/** One that gives each layer a precision of its own. */
export type PlannedConfiguration = Extract<Configuration, { method: 'plan' }>
/** One that Octet makes an integer model for. */
export type QuantizedConfiguration = Exclude<Configuration, { method: 'none' | 'delivered' | 'plan' }>

/** How one side of a model is stored. */
export type Storage = Configuration['weights']

/** The corrections of PTQ beyond rounding to nearest, in order; empty for none. */
export function transformsOf(configuration: Configuration): readonly Transform[] {
  return configuration.method === 'ptq' ? (configuration.transforms ?? []) : []
}

/**
 * A configuration as one word, in a cell's key: `fp32`,
 * `ptq/int8/w8-symmetric-per-channel/a8-affine-per-tensor/entropy`, with transforms behind it; of a plan its digest.
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
 * A configuration in words: `FP32`, `INT8, per-channel weights, entropy`. Names scheme and bits only where they are
 * not the default.
 */
export function configurationName(configuration: Configuration): string {
  return [formatName(configuration), ...preparation(configuration)].join(', ')
}

/** How a configuration stores its numbers, in words: its name without calibration and transforms. */
export function formatName(configuration: Configuration): string {
  if (configuration.method === 'plan')
    return `mixed precision (${layersInWords(Object.values(configuration.layers))})`
  const { method, precision, weights, activations } = configuration
  const { name } = PRECISION[precision]
  if (method === 'none') return name
  return [
    `${method === 'qat' ? 'QAT ' : ''}${name}${method === 'delivered' ? ' as delivered' : ''}`,
    `${weights.bits === 8 ? '' : `${weights.bits}-bit `}${weights.granularity}${weights.scheme === 'symmetric' ? '' : ` ${weights.scheme}`} weights`,
    ...(activations.scheme === 'affine' ? [] : [`${activations.scheme} activations`]),
  ].join(', ')
}

/** A precision in words, as within a sentence. */
export function precisionName(precision: Configuration['precision']): string {
  return precision === 'mixed' ? 'mixed precision' : PRECISION[precision].name
}

/** What one layer of a plan computes in, in words. */
export const LAYER_PRECISION_NAMES: Readonly<Record<LayerPrecision, string>> = {
  fp16: 'FP16',
  int8: 'INT8',
  w4a8: '4-bit',
}

/** How many layers have which precision: `1 FP16, 12 INT8`. */
export function layersInWords(layers: readonly LayerPrecision[]): string {
  return LAYER_PRECISIONS.map(
    (precision) => [layers.filter((one) => one === precision).length, precision] as const,
  )
    .filter(([count]) => count > 0)
    .map(([count, precision]) => `${count} ${LAYER_PRECISION_NAMES[precision]}`)
    .join(', ')
}

/** Ids of the calibration and the transforms; empty for floating point, and for what came quantized. */
export function preparation(configuration: Configuration): readonly string[] {
  if (configuration.method === 'none' || configuration.method === 'delivered') return []
  return [configuration.calibration, ...transformsOf(configuration)]
}
