import { foldOf } from '../calibrate/fold.ts'
import { Observer } from '../calibrate/observer.ts'
import type { Observation } from '../calibrate/observation.ts'
import { OctetError } from '../error.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import type { Model } from '../model/layers.ts'
import type { Normalizer } from '../model/normalizer.ts'
import { inferShapes } from '../model/shapes.ts'
import { elements, type Tensor } from '../tensor/tensor.ts'
import { Carried } from './carried.ts'
import { countOf, tensorsOf, type Samples } from './program.ts'
import { lower } from './lower.ts'
import { trace } from './trace.ts'

/**
 * The most bytes that the largest tensor of a part may take. Samples run together up to this limit; a single sample
 * always runs.
 */
const PART_BYTES: number = 2 ** 24

/**
 * The calibration pass: runs the FP32 model once over raw samples [n, ...] and observes every tensor that may be
 * quantized, for all strategies together. It runs on the reference, so ranges are the same on every machine; `exact`
 * gives the same results. The state of a streaming model starts as zeros and is carried from sample to sample.
 * @throws OctetError if there are no batches, or if a sample holds NaN or an infinity.
 */
export async function observe(
  model: Model,
  normalizer: Normalizer,
  batches: Iterable<Samples>,
  exact?: ExactKernels,
): Promise<Map<string, Observation>> {
  const observers = new Map<string, Observer>()
  const names = [...model.graph.inputs.map(({ name }) => name), ...model.layers.map(({ output }) => output)]
  for (const name of names) observers.set(name, new Observer(name))
  const most = samplesAtOnce(model)
  const carried = new Carried()
  let seen = 0
  for (const batch of batches) {
    for (const one of tensorsOf(batch)) requireFinite(one, seen)
    for (const part of partsOf(batch, most)) {
      const folds = foldsOf(tensorsOf(part)[0])
      const program = lower({ precision: 'fp32', model }, { batch: countOf(part), normalizer })
      // One step makes the form of an input that layers read. Each layer is one step.
      for (const { step, output } of trace(program, part, { exact, carried }))
        observers.get(program.names[step.output])!.observePart(output.data as Float32Array, folds)
    }
    for (const observer of observers.values()) observer.endBatch()
    seen += countOf(batch)
  }
  if (seen === 0)
    throw new OctetError('the calibration set is empty', 'give at least one sample, a few hundred are usual')
  return new Map([...observers].map(([name, observer]) => [name, observer.observation]))
}

/** The number of samples to run together, so that their largest tensor takes at most `PART_BYTES`. */
function samplesAtOnce({ graph }: Model): number {
  const largest = Math.max(...Array.from(inferShapes(graph, 1).values(), (shape) => 4 * elements(shape)))
  return Math.max(1, Math.floor(PART_BYTES / largest))
}

/** Splits a batch into parts of at most `most` samples, without copies. */
function* partsOf(batch: Samples, most: number): Generator<Samples> {
  for (let first = 0; first < countOf(batch); first += most)
    yield tensorsOf(batch).map(({ shape: [count, ...each], data }) => {
      const size = elements(each)
      const end = Math.min(count, first + most)
      return {
        dtype: 'float32',
        shape: [end - first, ...each],
        data: data.subarray(first * size, end * size),
      }
    })
}

/** The fold of each sample. Every tensor counts its values by these folds. */
function foldsOf({ data, shape }: Tensor<'float32'>): Uint8Array {
  const size = data.length / shape[0]
  return Uint8Array.from({ length: shape[0] }, (_, at) => foldOf(data.subarray(at * size, (at + 1) * size)))
}

function requireFinite(batch: Tensor<'float32'>, before: number): void {
  const at = batch.data.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return
  const sample = before + Math.floor(at / (elements(batch.shape) / batch.shape[0]))
  throw new OctetError(
    `calibration sample ${sample} holds ${batch.data[at]}`,
    'remove the sample or repair the sensor data',
  )
}
