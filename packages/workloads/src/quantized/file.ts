import type { QParams } from '@octet/core'
import * as v from 'valibot'

/** The names of a trained model's two files. */
export const MODEL = 'model.onnx'
export const QPARAMS = 'qparams.json'

const Integer = v.pipe(v.number(), v.integer())
const Scheme = v.object({
  bits: v.picklist([8, 4]),
  signed: v.boolean(),
  symmetric: v.boolean(),
  narrow: v.boolean(),
})
/** One grid as JSON. float32 numbers are written so that the same numbers are read back. */
const Grid = v.object({
  axis: v.nullable(Integer),
  qmin: Integer,
  qmax: Integer,
  scale: v.pipe(v.array(v.pipe(v.number(), v.finite(), v.gtValue(0))), v.minLength(1)),
  zeroPoint: v.pipe(v.array(Integer), v.minLength(1)),
})
export type GridRecord = v.InferOutput<typeof Grid>

/** The qparams.json with all grids of a quantized model. The model.onnx beside it has the float weights. */
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
  /** Grids by tensor. */
  activations: v.record(v.string(), Grid),
  /** Grids by layer. */
  weights: v.record(v.string(), Grid),
})
export type QParamsFile = v.InferOutput<typeof QParamsFileSchema>

export function recordOf({ axis, qmin, qmax, scale, zeroPoint }: QParams): GridRecord {
  return { axis, qmin, qmax, scale: [...scale], zeroPoint: [...zeroPoint] }
}

export function gridOf({ axis, qmin, qmax, scale, zeroPoint }: GridRecord): QParams {
  return { axis, qmin, qmax, scale: Float32Array.from(scale), zeroPoint: Int32Array.from(zeroPoint) }
}
