import {
  type Calibration,
  elements,
  type ExactKernels,
  inferShapes,
  largestBatch,
  observe,
  type Observed,
  SensorObserver,
  type Samples,
  tensor,
  tensorsOf,
} from '@octet/core'
import { batchOf, inputsAt, isFiled, sizeOf, type Workload } from '@octet/workloads'

/** Most samples of a calibration batch: the moving average alone depends on it. */
const BATCH = 32
/** Most bytes of the largest tensor of a batch, where one sample takes no more. */
const LARGEST_TENSOR_BYTES: number = 2 ** 30

/**
 * Most evaluation samples that are compared with the calibration samples: every n-th, for some n; of a stream the
 * first ones.
 */
const COMPARED = 256

/** A workload's samples as its FP32 model sees them, before anything is quantized. */
export interface Seen {
  readonly calibration: Observed
  /** A part of the evaluation samples, taken evenly. */
  readonly evaluation: Observed
}

/** The calibration samples, raw, in batches. Each walk over them widens the samples to float32 again. */
export function calibrationBatches(workload: Pick<Workload, 'calibration' | 'graph'>): Iterable<Samples> {
  const { calibration } = workload
  const size = batchSize(workload)
  return {
    *[Symbol.iterator]() {
      for (let start = 0; start < sizeOf(calibration); start += size) yield batchOf(calibration, start, size)
    },
  }
}

/** Calibration samples, raw, at some places among them, and how many are run together. */
export function calibrationRows(workload: Pick<Workload, 'calibration' | 'graph'>): {
  readonly batch: number
  readonly at: (rows: Int32Array) => Samples
} {
  const { calibration } = workload
  const batch = batchSize(workload)
  if (!isFiled(calibration)) return { batch, at: (rows) => inputsAt(calibration, rows, rows.length) }
  return { batch, at: (rows) => joined(Array.from(rows, (row) => batchOf(calibration, row, 1))) }
}

/** Samples of one each, as a batch. */
function joined(singles: readonly Samples[]): Samples {
  const parts = singles.map(tensorsOf)
  return parts[0].map(({ shape: [, ...each] }, input) => {
    const into = tensor('float32', [parts.length, ...each])
    const size = elements(each)
    parts.forEach((part, i) => into.data.set(part[input].data, i * size))
    return into
  })
}

function batchSize({ graph }: Pick<Workload, 'graph'>): number {
  const largest = Math.max(...Array.from(inferShapes(graph, 1).values(), (shape) => 4 * elements(shape)))
  return Math.max(1, Math.min(BATCH, largestBatch(graph), Math.floor(LARGEST_TENSOR_BYTES / largest)))
}

/**
 * Watches sensors and tensors over both sets of samples; `rows` are the evaluation samples in use. `exact` computes in
 * the reference's stead.
 * @throws OctetError when there are no samples, or one holds NaN or an infinity.
 */
export async function see(
  calibration: Calibration,
  workload: Workload,
  rows: Int32Array,
  exact?: ExactKernels,
): Promise<Seen> {
  const { model, observations } = await calibration.calibrated()
  const [calibrating, evaluating] = [new SensorObserver(), new SensorObserver()]
  for (const batch of calibrationBatches(workload)) calibrating.observe(tensorsOf(batch)[0])
  const compared = evaluating.watch(comparedBatches(workload, rows))
  const tensors = await observe(model, workload.normalizer, compared, exact)
  return {
    calibration: { tensors: observations, sensor: calibrating.observation },
    evaluation: { tensors, sensor: evaluating.observation },
  }
}

function* comparedBatches(workload: Workload, used: Int32Array): Generator<Samples> {
  const { evaluation, graph } = workload
  const many = batchSize(workload)
  const stride = Math.ceil(used.length / COMPARED)
  const rows =
    graph.states === undefined ? used.filter((_, i) => i % stride === 0) : used.subarray(0, COMPARED)
  for (let start = 0; start < rows.length; start += many) {
    const chosen = rows.subarray(start, start + many)
    yield inputsAt(evaluation, chosen, chosen.length)
  }
}
