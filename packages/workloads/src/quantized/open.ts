import { join } from 'node:path'
import {
  activationNames,
  isWeighted,
  layerOp,
  modelOf,
  OctetError,
  quantizeWeights,
  weightsOf,
  type QParams,
  type QuantizedModel,
  type QuantizedWeights,
} from '@octet/core'
import { importOnnx } from '@octet/onnx'
import { inFile, readBytes } from '../file.ts'
import { readJson } from '../json.ts'
import { gridOf, MODEL, QPARAMS, QParamsFileSchema, type GridRecord, type QParamsFile } from './file.ts'

const SAVE_AGAIN = 'save the model again: octet bench --method qat --save FOLDER'

/**
 * Opens a model that `saveQuantized` wrote, with the same integers on the same grids.
 * @throws OctetError for a file that is missing or damaged, or for grids that do not belong to the model.
 */
export async function openQuantized(folder: string): Promise<QuantizedModel> {
  const bytes = await readBytes(join(folder, MODEL))
  return quantizedOf(folder, bytes, await readJson(join(folder, QPARAMS), QParamsFileSchema, SAVE_AGAIN))
}

/**
 * The quantized model from the contents of a folder's two files. Scales of weights are raised if sums could leave
 * int32, as they were before saving.
 * @throws OctetError naming the file that is damaged, or whose grids do not belong to the model.
 */
export function quantizedOf(
  folder: string,
  bytes: Uint8Array,
  { configuration, ...file }: QParamsFile,
): QuantizedModel {
  const [path, grids] = [join(folder, MODEL), join(folder, QPARAMS)]
  const model = inFile(path, () => modelOf(importOnnx(bytes)), SAVE_AGAIN)
  const grid = (records: Readonly<Record<string, GridRecord>>, name: string): QParams => {
    const record = Object.hasOwn(records, name) ? records[name] : undefined
    if (record === undefined) throw new OctetError(`${grids}: "${name}" of the model has no grid`, SAVE_AGAIN)
    return gridOf(record)
  }
  const activations = new Map(
    [...activationNames(model.graph), ...model.graph.initializers.keys()]
      .filter((name) => Object.hasOwn(file.activations, name))
      .map((name) => [name, grid(file.activations, name)]),
  )
  // A tensor on another tensor's grid holds the same grid object, as before saving.
  for (const { node, inputs, output } of model.layers) {
    const before = activations.get(inputs[0])
    if (layerOp(node).integers?.grid === 'input' && before !== undefined && activations.has(output))
      activations.set(output, before)
  }
  const weights = new Map<string, QuantizedWeights>()
  for (const layer of model.layers.filter(isWeighted)) {
    const qparams = grid(file.weights, layer.name)
    const [input, output] = [layer.inputs[0], layer.output].map((name) => grid(file.activations, name))
    weights.set(
      layer.name,
      inFile(
        grids,
        () => quantizeWeights(layer.name, weightsOf(model, layer), { input, output }, qparams),
        SAVE_AGAIN,
      ),
    )
  }
  return { precision: 'int8', model, configuration, activations, weights }
}
