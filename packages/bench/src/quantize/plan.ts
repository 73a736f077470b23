import {
  AFFINE_INT8,
  assignedLayers,
  type Assignment,
  Calibration,
  type Candidates,
  mix,
  type Model,
  OctetError,
  SYMMETRIC_INT8,
} from '@octet/core'
import { parse } from '@octet/results'
import * as v from 'valibot'
import { readJson } from '../store/json-file.ts'
import type { Calibrating, Quantized } from './quantized.ts'

const PlanSchema = v.object({
  best: v.object({ layers: v.record(v.string(), v.picklist(['fp16', 'int8', 'w4a8'])) }),
})

/** The configurations of `octet plan`: activations by min-max, weights per channel, in 8 bits and in 4. */
export async function candidatesOf(calibration: Calibration): Promise<Candidates> {
  const grids = { calibration: 'minmax', activations: AFFINE_INT8 }
  const weights = { ...SYMMETRIC_INT8, granularity: 'per-channel' } as const
  return {
    int8: await calibration.quantize({ ...grids, weights }),
    w4a8: await calibration.quantize({ ...grids, weights: { ...weights, bits: 4 } }),
  }
}

/**
 * The precision of each layer, as `octet plan --json FILE` wrote what it found best.
 * @throws OctetError for a file that is no plan.
 */
export function readPlan(path: string): Assignment {
  const check = (value: unknown): v.InferOutput<typeof PlanSchema> => parse(PlanSchema, value, 'the plan')
  return new Map(Object.entries(readJson(path, check).best.layers))
}

/** @throws OctetError for a plan of another model. */
export function requirePlanned(model: Model, assignment: Assignment): void {
  const layers = assignedLayers(model)
  const mend = 'plan this model: octet plan WORKLOAD --json FILE'
  const other = [...assignment.keys()].find((name) => !layers.includes(name))
  if (other !== undefined)
    throw new OctetError(`the plan names layer "${other}", which the model lacks`, mend)
  const open = layers.find((name) => !assignment.has(name))
  if (open !== undefined) throw new OctetError(`the plan does not name layer "${open}" of the model`, mend)
}

/** Quantizes a model with a precision for each layer. */
export async function quantizePlanned(
  model: Model,
  assignment: Assignment,
  { batches, normalizer, exact }: Calibrating,
): Promise<Quantized> {
  const calibration = new Calibration(model, normalizer, batches, exact)
  const mixed = mix(await candidatesOf(calibration), assignment)
  const { observations } = await calibration.calibrated()
  return { model: mixed, observations }
}
