import {
  elements,
  type ExactKernels,
  type FloatModel,
  fidelityOf,
  inferShapes,
  isLabelled,
  largestBatch,
  load,
  lower,
  type MixedModel,
  type Model,
  type Normalizer,
  OctetError,
  openReference,
  type OutputFidelity,
  type QuantizedModel,
  type Samples,
  TASKS,
} from '@octet/core'
import { batchOf, sizeOf } from '@octet/workloads'
import { judgedOn, type QuantizeSource } from './source.ts'

/** The most samples to judge, and the most multiply-adds for them: a few seconds on exact kernels. */
const MOST = 100
const BUDGET_MACS = 5e9
const BATCH = 16
/** The most bytes of the largest tensor of a batch, unless one sample alone needs more. */
const LARGEST_TENSOR_BYTES: number = 2 ** 26

/** How near the outputs of a quantized model are to FP32's, and the number of samples behind the figures. */
export interface Judgement extends OutputFidelity {
  readonly samples: number
  readonly of: 'evaluation' | 'calibration'
  /** Whether labels define the answers. */
  readonly labelled: boolean
}

/** The number of samples that `judge` uses: as many as the budget allows. The budget counts work and uses no clock. */
export function samplesJudged(source: QuantizeSource, macs: number): number {
  return Math.min(
    sizeOf(judgedOn(source).readings),
    MOST,
    Math.max(1, Math.floor(BUDGET_MACS / Math.max(1, macs))),
  )
}

/**
 * Compares a quantized model with FP32 on the first samples. The reference or exact kernels compute, so that the
 * figures are the same on every machine.
 * @throws OctetError if an output is not finite, or if FP32's outputs have no signal.
 */
export async function judge(
  source: QuantizeSource,
  fp32: Model,
  quantized: FloatModel | QuantizedModel | MixedModel,
  { count, exact, onSamples }: Judging,
): Promise<Judgement> {
  const { readings, name } = judgedOn(source)
  const size = batchSize(fp32)
  const batches = function* (): Generator<Samples> {
    for (let start = 0; start < count; start += size) {
      const taken = Math.min(size, count - start)
      yield batchOf(readings, start, taken)
      onSamples(taken)
    }
  }
  const { normalizer } = source
  const expected = await outputsOf({ precision: 'fp32', model: fp32 }, normalizer, batches(), exact)
  const outputs = await outputsOf(quantized, normalizer, batches(), exact)
  const odd = [expected, outputs].findIndex((all) => !all.every(Number.isFinite))
  if (odd >= 0)
    throw new OctetError(
      `${source.id}: an output of ${odd === 0 ? 'FP32' : 'the quantized model'} is NaN or infinite`,
      'look for runaway values in the samples, or keep the layer where they begin in float',
    )
  const fidelity = fidelityOf(TASKS[source.task], outputs, expected, count, source.decision)
  if (fidelity === undefined)
    throw new OctetError(`${source.id}: FP32 has the same output for all samples`, 'give samples that differ')
  return { ...fidelity, samples: count, of: name, labelled: isLabelled(source.task) }
}

interface Judging {
  readonly count: number
  readonly exact: ExactKernels | undefined
  /** Called with the number of samples computed since the previous call. */
  readonly onSamples: (count: number) => void
}

async function outputsOf(
  model: FloatModel | QuantizedModel | MixedModel,
  normalizer: Normalizer,
  batches: Iterable<Samples>,
  exact: ExactKernels | undefined,
): Promise<Float32Array> {
  const parts: Float32Array[] = []
  let execution: Awaited<ReturnType<typeof load>> | undefined
  for (const x of batches) {
    const batch = 'dtype' in x ? x.shape[0] : x[0].shape[0]
    if (execution?.program.batch !== batch) {
      await execution?.dispose()
      execution = await load(lower(model, { batch, normalizer }), openReference(exact))
    }
    parts.push((await execution.run(x)).data)
  }
  await execution?.dispose()
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0)
  return whole
}

function batchSize({ graph }: Model): number {
  const largest = Math.max(...Array.from(inferShapes(graph, 1).values(), (shape) => 4 * elements(shape)))
  return Math.max(1, Math.min(BATCH, largestBatch(graph), Math.floor(LARGEST_TENSOR_BYTES / largest)))
}
