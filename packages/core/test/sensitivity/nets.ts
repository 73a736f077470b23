import type { Model } from '../../src/model/layers.ts'
import { AFFINE_INT8, SYMMETRIC_INT8 } from '../../src/numerics/index.ts'
import { Calibration } from '../../src/quantize/calibration.ts'
import type { LayerPrecision } from '../../src/model/quantized.ts'
import { referenceEvaluator, type Evaluate } from '../../src/sensitivity/evaluate.ts'
import { assignedLayers, type Assignment, type Candidates } from '../../src/sensitivity/mix.ts'
import { IDENTITY, samples } from '../quantize/nets.ts'

/** A model [3,8,8] quantized with 8-bit and 4-bit weights on one calibration. */
export async function candidatesOf(model: Model): Promise<Candidates> {
  const calibration = new Calibration(model, IDENTITY, [samples([32, 3, 8, 8])])
  const at = (bits: 8 | 4): ReturnType<Calibration['quantize']> =>
    calibration.quantize({
      calibration: 'minmax',
      activations: AFFINE_INT8,
      weights: { ...SYMMETRIC_INT8, bits, granularity: 'per-tensor' },
    })
  return { int8: await at(8), w4a8: await at(4) }
}

/** Agreement with FP32 on samples that calibration did not see. */
export function evaluatorOf(model: Model, count: number): Evaluate {
  return referenceEvaluator(model, IDENTITY, [{ x: samples([count, 3, 8, 8], 77) }])
}

/** Every assignment of a model. */
export function allAssignments(model: Model): Assignment[] {
  let made: (readonly [string, LayerPrecision])[][] = [[]]
  for (const name of assignedLayers(model))
    made = made.flatMap((before) =>
      (['fp16', 'int8', 'w4a8'] as const).map((precision) => before.concat([[name, precision]])),
    )
  return made.map((entries) => new Map(entries))
}
