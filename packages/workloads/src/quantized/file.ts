import type { QParams } from '@octet/core'
import * as v from 'valibot'

/** Names of a trained model's two files. */
export const MODEL = 'model.onnx'
export const QPARAMS = 'qparams.json'

const Integer = v.pipe(v.number(), v.integer())
const Scheme = v.object({
  bits: v.picklist([8, 4]),
  signed: v.boolean(),
  symmetric: v.boolean(),
  narrow: v.boolean(),
})
/** One grid as JSON: numbers of float32 are written so that they read back the same. */
const Grid = v.object({
  axis: v.nullable(Integer),
  qmin: Integer,
  qmax: Integer,
  scale: v.pipe(v.array(v.pipe(v.number(), v.finite(), v.gtValue(0))), v.minLength(1)),
  zeroPoint: v.pipe(v.array(Integer), v.minLength(1)),
})
export type GridRecord = v.InferOutput<typeof Grid>

/** qparams.json: every grid of a quantized model, whose float weights are in model.onnx beside it. */
export const QParamsFileSchema = v.object({
  version: v.literal(1),
  configuration: v.object({
    calibration: v.string(),
    activations: Scheme,
    weights: v.object({ ...Scheme.entries, granularity: v.picklist(['per-tensor', 'per-channel']) }),
    transforms: v.exactOptional(
      v.object({
        equalization: v.picklist(['none', 'exact', 'unclipped']),
        rounding: v.picklist(['nearest', 'adaround']),
        biasCorrection: v.boolean(),
      }),
    ),
  }),
  /** By tensor. */
  activations: v.record(v.string(), Grid),
  /** By layer. */
  weights: v.record(v.string(), Grid),
})
export type QParamsFile = v.InferOutput<typeof QParamsFileSchema>

export function recordOf({ axis, qmin, qmax, scale, zeroPoint }: QParams): GridRecord {
  return { axis, qmin, qmax, scale: [...scale], zeroPoint: [...zeroPoint] }
}

export function gridOf({ axis, qmin, qmax, scale, zeroPoint }: GridRecord): QParams {
  return { axis, qmin, qmax, scale: Float32Array.from(scale), zeroPoint: Int32Array.from(zeroPoint) }
}
