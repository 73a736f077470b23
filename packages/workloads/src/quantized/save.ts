import { join } from 'node:path'
import {
  dequantize,
  OctetError,
  withWeights,
  type QParams,
  type QuantizedModel,
  type Weights,
} from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { checked, WRITTEN_MEND, writeJson } from '../json.ts'
import { makeFolder, writeWhole } from '../whole.ts'
import { MODEL, QPARAMS, QParamsFileSchema, recordOf, type GridRecord, type QParamsFile } from './file.ts'
import { quantizedOf } from './open.ts'

/**
 * Writes a quantized model into a folder: model.onnx with float weights from which its integers are rounded, and
 * qparams.json with its grids. It opens to the same integers.
 * @throws OctetError for a model that would not open again; WriteFault if the folder cannot be written.
 */
export function saveQuantized(source: QuantizedModel, folder: string): void {
  const { configuration, activations, weights } = source
  const file: QParamsFile = {
    version: 1,
    configuration,
    activations: recordsOf(activations),
    weights: recordsOf(new Map([...weights].map(([name, { qparams }]) => [name, qparams]))),
  }
  const whole = checked(QParamsFileSchema, file, join(folder, QPARAMS), WRITTEN_MEND)
  const bytes = bytesFor(source, (written) => quantizedOf(folder, written, whole))
  makeFolder(folder)
  writeWhole(join(folder, MODEL), bytes)
  writeJson(join(folder, QPARAMS), QParamsFileSchema, file)
}

/**
 * The model with weights that round to its integers: its own weights, or, if those round to other integers (as after
 * AdaRound), the dequantized integers.
 */
function bytesFor(source: QuantizedModel, open: (bytes: Uint8Array) => QuantizedModel): Uint8Array {
  const own = exportOnnx(source.model.graph)
  if (sameIntegers(open(own), source)) return own
  const standing = exportOnnx(withWeights(source.model, floatsOf(source)).graph)
  if (!sameIntegers(open(standing), source))
    throw new OctetError('its integers are none that floats round to', 'quantize it again where it is needed')
  return standing
}

/** The dequantized integers of weights and biases, by layer. */
function floatsOf({ model, activations, weights }: QuantizedModel): ReadonlyMap<string, Weights> {
  const floats = new Map<string, Weights>()
  for (const { name, inputs } of model.layers) {
    const held = weights.get(name)
    if (held === undefined) continue
    const { weight, qparams, bias } = held
    const input = activations.get(inputs[0])!.scale[0]
    const unit = (m: number): number => Math.fround(input * qparams.scale[qparams.scale.length === 1 ? 0 : m])
    floats.set(name, {
      weight: dequantize(weight, qparams),
      bias: Float32Array.from(bias, (q, m) => q * unit(m)),
    })
  }
  return floats
}

function sameIntegers(a: QuantizedModel, b: QuantizedModel): boolean {
  return [...b.weights].every(([name, { weight, bias }]) => {
    const other = a.weights.get(name)
    return other !== undefined && sameValues(other.weight.data, weight.data) && sameValues(other.bias, bias)
  })
}

function sameValues(a: Int8Array | Int32Array, b: Int8Array | Int32Array): boolean {
  return a.length === b.length && a.every((value: number, i: number) => value === b[i])
}

function recordsOf(grids: ReadonlyMap<string, QParams>): Record<string, GridRecord> {
  return Object.fromEntries([...grids].map(([name, grid]) => [name, recordOf(grid)]))
}
