import { OctetError } from '../error.ts'
import { hasIntegers, type Layer, type Model } from '../model/layers.ts'
import { isWeighted } from '../model/weights.ts'
import type { LayerPrecision, MixedModel, QuantizedModel } from '../model/quantized.ts'

/** One model, quantized twice on the same grids of activations: with 8-bit and with 4-bit weights. */
export interface Candidates {
  readonly int8: QuantizedModel
  readonly w4a8: QuantizedModel
}

/** A precision for every weighted layer, by name. */
export type Assignment = ReadonlyMap<string, LayerPrecision>

/** The names of the layers that need an assignment. */
export function assignedLayers(model: Model): string[] {
  return model.layers.filter(isWeighted).map(({ name }) => name)
}

/** The same precision for all weighted layers. */
export function uniform(model: Model, precision: LayerPrecision): Assignment {
  return new Map(assignedLayers(model).map((name) => [name, precision]))
}

/**
 * The model with each weighted layer in its assigned precision. Every other layer follows its inputs: integers if all
 * inputs are integers, else FP16. So conversions occur only where precisions meet.
 * @throws OctetError if a layer is not assigned, or if the candidates do not belong together.
 */
export function mix({ int8, w4a8 }: Candidates, assignment: Assignment): MixedModel {
  if (int8.model !== w4a8.model || !sameGrids(int8, w4a8))
    throw new OctetError(
      'the 8-bit and the 4-bit candidate are of different models or calibrations',
      'quantize one model twice, with configurations that differ in the weights only',
    )
  const { model } = int8
  const layers = new Map<string, LayerPrecision>()
  const halves = new Set<string>()
  for (const layer of model.layers) {
    const precision = isWeighted(layer)
      ? assignment.get(layer.name)
      : following(model, layer, halves, assignment)
    if (precision === undefined) throw new OctetError(`layer "${layer.name}" has no precision assigned`)
    layers.set(layer.name, precision)
    if (precision === 'fp16') halves.add(layer.output)
  }
  const weights = new Map(
    [...int8.weights.keys()].map((name) => [
      name,
      (layers.get(name) === 'w4a8' ? w4a8 : int8).weights.get(name)!,
    ]),
  )
  return { precision: 'mixed', model, layers, activations: int8.activations, weights }
}

function following(
  { layers }: Model,
  layer: Layer,
  halves: ReadonlySet<string>,
  assignment: Assignment,
): LayerPrecision {
  if (layer.inputs.some((name) => halves.has(name))) return 'fp16'
  // A layer without an integer form computes in floats, in the type of the layer that reads it.
  const readByHalves = (): boolean =>
    layers.some(({ name, inputs }) => inputs.includes(layer.output) && assignment.get(name) === 'fp16')
  return !hasIntegers(layer) && readByHalves() ? 'fp16' : 'int8'
}

function sameGrids(a: QuantizedModel, b: QuantizedModel): boolean {
  if (a.activations.size !== b.activations.size) return false
  return [...a.activations].every(([name, { scale, zeroPoint }]) => {
    const other = b.activations.get(name)
    return other !== undefined && other.scale[0] === scale[0] && other.zeroPoint[0] === zeroPoint[0]
  })
}
