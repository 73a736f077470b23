import { resolve } from 'node:path'
import { existsSync } from 'node:fs'
import {
  AFFINE_INT8,
  Calibration,
  load,
  lower,
  modelOf,
  openReference,
  SYMMETRIC_INT8,
} from '../../core/dist/index.js'
import { batchOf, openWorkload } from '../../workloads/dist/index.js'

/**
 * A workload by its id or folder: its model, the same quantized, its evaluation set, a sample of this set, and programs
 * for one sample.
 */
export async function subjectOf(name) {
  const { graph, normalizer, calibration, evaluation } = await openWorkload(
    existsSync(name) ? resolve(name) : name,
  )
  const model = modelOf(graph)
  const batches = [0, 32, 64, 96].map((start) => batchOf(calibration, start, 32))
  const quantized = await new Calibration(model, normalizer, batches).quantize({
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, bits: 8, granularity: 'per-channel' },
  })
  const x = batchOf(evaluation, 0, 1)
  return {
    title: name.split('/').at(-1),
    graph,
    normalizer,
    evaluation,
    model,
    quantized,
    x,
    normalized: await normalizedOf(model, normalizer, x),
    fp32: lower({ precision: 'fp32', model }, { batch: 1, normalizer }),
    int8: lower(quantized, { batch: 1, normalizer }),
    hasSoftmax: model.layers.some(({ node }) => node.op === 'Softmax'),
  }
}

/** What the model's first layer sees: peers start there. */
async function normalizedOf(model, normalizer, x) {
  const program = lower({ precision: 'fp32', model }, { batch: 1, normalizer })
  const only = { ...program, steps: program.steps.slice(0, 1), output: program.steps[0].output }
  return (await (await load(only, openReference())).run(x)).data
}
