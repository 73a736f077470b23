import type { LayerPrecision } from '../model/quantized.ts'
import type { Evaluate, Evaluation } from './evaluate.ts'
import { assignedLayers, mix, uniform, type Candidates } from './mix.ts'

/** The precisions that lose accuracy. */
export const INTEGER_PRECISIONS: readonly ('int8' | 'w4a8')[] = ['int8', 'w4a8']

/** The effect on the model of one layer at one precision. */
export interface LayerSensitivity {
  readonly layer: string
  readonly precision: 'int8' | 'w4a8'
  /** The evaluation with only this layer at that precision, and all others in FP16. */
  readonly oneIn: Evaluation
  /** The evaluation with only this layer in FP16, and all others at that precision. */
  readonly oneOut: Evaluation
}

export interface Sensitivity {
  /** The whole model at each precision. */
  readonly whole: Readonly<Record<LayerPrecision, Evaluation>>
  /** The layers in the model's order, `int8` before `w4a8`. */
  readonly layers: readonly LayerSensitivity[]
}

/**
 * Quantizes every weighted layer alone, and all layers except it: 4 evaluations per layer and 3 of the whole model.
 * `onLayer` is called after each layer.
 */
export async function sensitivityOf(
  candidates: Candidates,
  evaluate: Evaluate,
  onLayer: (done: number, of: number) => void = () => {},
): Promise<Sensitivity> {
  const { model } = candidates.int8
  const names = assignedLayers(model)
  const at = async (
    base: LayerPrecision,
    layer?: string,
    precision?: LayerPrecision,
  ): Promise<Evaluation> => {
    const assignment = new Map(uniform(model, base))
    if (layer !== undefined && precision !== undefined) assignment.set(layer, precision)
    return evaluate(mix(candidates, assignment))
  }
  const whole = { fp16: await at('fp16'), int8: await at('int8'), w4a8: await at('w4a8') }
  const layers: LayerSensitivity[] = []
  for (const [i, layer] of names.entries()) {
    for (const precision of INTEGER_PRECISIONS)
      layers.push({
        layer,
        precision,
        oneIn: await at('fp16', layer, precision),
        oneOut: await at(precision, layer, 'fp16'),
      })
    onLayer(i + 1, names.length)
  }
  return { whole, layers }
}
