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

/** The most samples of a calibration batch. Only the moving average depends on it. */
const BATCH = 32
/** The most bytes of the largest tensor of a batch, unless one sample alone needs more. */
const LARGEST_TENSOR_BYTES: number = 2 ** 30

/**
 * The most evaluation samples that are compared with the calibration samples: every n-th for some n, or the first
 * samples of a stream.
 */
const COMPARED = 256

/** A workload's samples, observed in its FP32 model before any quantization. */
export interface Seen {
  readonly calibration: Observed
  /** Evenly spaced evaluation samples. */
  readonly evaluation: Observed
}

/** The raw calibration samples, in batches. Each pass over them widens the samples to float32 again. */
export function calibrationBatches(workload: Pick<Workload, 'calibration' | 'graph'>): Iterable<Samples> {
  const { calibration } = workload
  const size = batchSize(workload)
  return {
    *[Symbol.iterator]() {
      for (let start = 0; start < sizeOf(calibration); start += size) yield batchOf(calibration, start, size)
    },
  }
}

/** The raw calibration samples at given places, and the number of samples in one batch. */
export function calibrationRows(workload: Pick<Workload, 'calibration' | 'graph'>): {
  readonly batch: number
  readonly at: (rows: Int32Array) => Samples
} {
  const { calibration } = workload
  const batch = batchSize(workload)
  if (!isFiled(calibration)) return { batch, at: (rows) => inputsAt(calibration, rows, rows.length) }
  return { batch, at: (rows) => joined(Array.from(rows, (row) => batchOf(calibration, row, 1))) }
}

/** Single samples joined to a batch. */
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
 * Observes sensors and tensors over both sets of samples. `rows` are the evaluation samples in use. `exact` computes in
 * the reference's place.
 * @throws OctetError if there are no samples, or if a sample holds NaN or an infinity.
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
