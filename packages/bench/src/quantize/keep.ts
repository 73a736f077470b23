import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MixedModel, QuantizedModel } from '@octet/core'
import { quantizedOnnx, readDescription } from '@octet/onnx'
import type { Configuration } from '@octet/results'
import { makeFolder, saveQuantized, type Workload } from '@octet/workloads'
import { placeOf } from '../qat/trainings.ts'
import { writeModel } from './file.ts'
import { metadataOf, provenanceOf } from './provenance.ts'
import { ofWorkload } from './source.ts'

/** The part of a workload folder that holds the models of PTQ, one folder each. */
const QUANTIZED = 'quantized'
const modelFile = (precision: string): string => `model_${precision}.onnx`

/**
 * Keeps a PTQ model in a workload folder of `save`: as ONNX for ONNX Runtime, and, if all of it is INT8, in the form
 * that `openQuantized` opens to the same integers.
 * @throws WriteFault if it cannot be written.
 */
export function keepQuantized(
  save: string,
  workload: Workload,
  model: QuantizedModel | MixedModel,
  configuration: Configuration,
  seed: number,
): void {
  const folder = placeOf(join(save, workload.id, QUANTIZED), configuration)
  makeFolder(folder)
  if (model.precision === 'int8') saveQuantized(model, folder)
  const description = readDescription(readFileSync(workload.file))
  const target = 'ort'
  const provenance = provenanceOf(ofWorkload(workload), { configuration, target, rawInput: false, seed })
  const metadata = metadataOf(description, provenance)
  writeModel(
    join(folder, modelFile(model.precision)),
    quantizedOnnx(model, { target, description, metadata, version: provenance.version }),
  )
}
