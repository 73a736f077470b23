import {
  hasIntegers,
  isWeighted,
  keepsGrid,
  LARGEST_SUM,
  sumsOf,
  weightsOf,
  yieldedBy,
  type Layer,
  type Model,
  type QParams,
  type QuantizedModel,
  type QuantizedWeights,
} from '@octet/core'
import { configurationOf } from './configuration.ts'
import { sameGrid, type Integers } from './integers.ts'
import { withoutMarks } from './marks.ts'
import { isMark, readersOf, type Recognized } from './recognized.ts'
import { constantGrid, integerWeights } from './weights.ts'

/**
 * Finds the layers of a model that compute in integers, from the places where the file rounds (`integers`). Such a
 * layer has all inputs on grids, and the file puts its output on one grid before anything reads it. If it has weights,
 * they are integers, and no sum can exceed int32. Undefined if layers do no more than move integers.
 */
export function recognize(model: Model, { marks, held }: Integers): QuantizedModel | undefined {
  const readers = readersOf(model)
  const yielded = new Set(yieldedBy(model.graph))
  const grids = new Map<string, QParams>()
  const layers = new Set<string>()
  const weights = new Map<string, QuantizedWeights>()

  /** The grid, if all readers of a tensor want the same grid. Layers that move values may lie in between. */
  const wantedGrid = (tensor: string): QParams | undefined => {
    const reading = readers.get(tensor) ?? []
    if (yielded.has(tensor) || reading.length === 0) return undefined
    const wanted = reading.map((layer) =>
      isMark(layer, marks)
        ? marks.get(layer.name)
        : keepsGrid(layer.node) && layer.inputs.length === 1
          ? wantedGrid(layer.output)
          : undefined,
    )
    const [first] = wanted
    return first !== undefined && wanted.every((grid) => grid !== undefined && sameGrid(grid, first))
      ? first
      : undefined
  }
  const isOnGrid = (tensor: string): boolean => {
    if (grids.has(tensor)) return true
    const constant = model.graph.initializers.get(tensor)
    const grid = constant && constantGrid(constant, held)
    if (grid !== undefined) grids.set(tensor, grid)
    return grid !== undefined
  }
  /** The output's grid, if the layer computes in integers. */
  const gridBehind = (layer: Layer): QParams | undefined => {
    if (!hasIntegers(layer) || !layer.inputs.every(isOnGrid)) return undefined
    const input = grids.get(layer.inputs[0])!
    if (keepsGrid(layer.node)) return input
    const output = wantedGrid(layer.output)
    if (output === undefined || !isWeighted(layer)) return output
    const own = integerWeights(weightsOf(model, layer), input, held)
    if (own === undefined || sumsOf(own, input).some((sum) => sum > LARGEST_SUM)) return undefined
    weights.set(layer.name, own)
    return output
  }
  for (const layer of model.layers) {
    const mark = isMark(layer, marks) ? marks.get(layer.name) : undefined
    const grid = mark ?? gridBehind(layer)
    if (grid === undefined) continue
    grids.set(layer.output, grid)
    if (mark === undefined) layers.add(layer.name)
  }
  if (!model.layers.some(({ name, node }) => layers.has(name) && !keepsGrid(node))) return undefined
  return quantized(withoutMarks(model, marks, { grids, layers, weights }))
}

function quantized({
  model,
  grids,
  layers,
  weights,
}: Recognized & { readonly model: Model }): QuantizedModel {
  const activations = new Map<string, QParams>()
  const put = (tensor: string): QParams => {
    const grid = activations.get(tensor) ?? grids.get(tensor)!
    activations.set(tensor, grid)
    return grid
  }
  for (const layer of model.layers) {
    if (!layers.has(layer.name)) continue
    const [input] = layer.inputs.map(put)
    // Tensors on one grid hold the same QParams object.
    if (keepsGrid(layer.node)) activations.set(layer.output, input)
    else put(layer.output)
  }
  return {
    precision: 'int8',
    model: {
      ...model,
      layers: model.layers.map((layer) => (layers.has(layer.name) ? layer : inFloats(layer))),
    },
    configuration: configurationOf(activations, weights),
    activations,
    weights,
  }
}

function inFloats(layer: Layer): Layer {
  return { ...layer, inFloats: true }
}
