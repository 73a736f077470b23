import {
  activationScheme,
  assignedLayers,
  type Calibration,
  type Candidates,
  LAYER_PRECISIONS,
  mix,
  type MixedModel,
  type Model,
  OctetError,
  weightScheme,
} from '@octet/core'
import { type Described, parse, type PlannedConfiguration } from '@octet/results'
import * as v from 'valibot'
import { digestOf } from '../store/digest.ts'
import { readJson } from '../store/json-file.ts'

/** A precision for each layer with weights, by name. */
export const PlannedLayersSchema = v.record(v.string(), v.picklist(LAYER_PRECISIONS))
export type PlannedLayers = Described<typeof PlannedLayersSchema>

const PlanSchema = v.object({ best: v.object({ layers: PlannedLayersSchema }) })

/** The common choices of all layers of a plan. Only the precision differs from layer to layer. */
const PLANNED = {
  weights: { bits: 8, scheme: 'symmetric', granularity: 'per-channel' },
  activations: { bits: 8, scheme: 'affine', granularity: 'per-tensor' },
  calibration: 'minmax',
} as const

/** The configurations of `octet plan`: min-max activations and per-channel weights, with 8 bits and with 4 bits. */
export async function candidatesOf(calibration: Calibration): Promise<Candidates> {
  const { weights } = PLANNED
  const grids = { calibration: PLANNED.calibration, activations: activationScheme(PLANNED.activations) }
  return {
    int8: await calibration.quantize({ ...grids, weights: weightScheme(weights) }),
    w4a8: await calibration.quantize({ ...grids, weights: weightScheme({ ...weights, bits: 4 }) }),
  }
}

/**
 * The precision of each layer in the best plan that `octet plan --json FILE` wrote.
 * @throws OctetError if the file is no plan.
 */
export function readPlan(path: string): PlannedLayers {
  const check = (value: unknown): v.InferOutput<typeof PlanSchema> => parse(PlanSchema, value, 'the plan')
  return readJson(path, check).best.layers
}

/** The configuration of a model whose layers have these precisions. */
export function plannedConfiguration(layers: PlannedLayers): PlannedConfiguration {
  const plan = digestOf(layers).slice(0, 12)
  return { method: 'plan', precision: 'mixed', ...PLANNED, layers, plan }
}

/** @throws OctetError if the plan belongs to another model. */
export function requirePlanned(model: Model, planned: PlannedLayers): void {
  const layers = assignedLayers(model)
  const mend = 'plan this model: octet plan WORKLOAD --json FILE'
  const other = Object.keys(planned).find((name) => !layers.includes(name))
  if (other !== undefined)
    throw new OctetError(`the plan names layer "${other}", which the model lacks`, mend)
  const open = layers.find((name) => !Object.hasOwn(planned, name))
  if (open !== undefined) throw new OctetError(`the plan does not name layer "${open}" of the model`, mend)
}

/** The model with each layer in its precision. @throws OctetError if it cannot be quantized. */
export async function quantizePlanned(
  calibration: Calibration,
  { layers }: PlannedConfiguration,
): Promise<MixedModel> {
  return mix(await candidatesOf(calibration), new Map(Object.entries(layers)))
}
