import {
  type CurveFigures,
  type ExactKernels,
  elements,
  fidelityOf,
  type FloatModel,
  inferShapes,
  largestBatch,
  load,
  lower,
  type Model,
  OctetError,
  openReference,
  type QuantizedModel,
  TASKS,
} from '@octet/core'
import { isFiled, type Samples } from '@octet/workloads'
import { answer, type Answers, scoreOf } from '../measure/answers.ts'
import { chooseRows, evaluationOf } from '../measure/evaluation.ts'
import { judgedOn, type QuantizeSource } from '../quantize/source.ts'

const BATCH = 50
/** The most bytes of the largest tensor of a batch, unless one sample alone needs more. */
const LARGEST_TENSOR_BYTES: number = 2 ** 26

/** Judges models of one source over the same samples each time. */
export interface Judge {
  readonly samples: number
  readonly of: 'evaluation' | 'calibration'
  /** The size of a loss of 1 in the unit of goals. It is 1, except for tasks whose losses are shares of a scale. */
  readonly scale: number
  readonly figuresOf: (model: QuantizedModel) => Promise<CurveFigures>
}

interface Judging {
  /** The most samples. */
  readonly most: number
  /** The seed that chooses the samples. */
  readonly seed: number
  readonly exact: ExactKernels | undefined
}

/**
 * A judge on the reference or on exact kernels. Its figures are the same on every machine.
 * @throws OctetError if the FP32 model yields values that are not finite.
 */
export async function openJudge(
  source: QuantizeSource,
  model: Model,
  { most, seed, exact }: Judging,
): Promise<Judge> {
  const { task, decision, normalizer } = source
  const { readings, name } = judgedOn(source)
  const first = isFiled(readings) ? readings.part(0, most) : readings
  const samples: Samples =
    name === 'evaluation' && source.evaluation ? source.evaluation : { ...first, y: new Int32Array() }
  const rows = chooseRows(samples, most, seed, model.graph.states !== undefined)
  const batch = Math.min(batchSize(model), rows.length)
  const evaluation = evaluationOf(samples, rows, batch)
  const answersOf = async (of: FloatModel | QuantizedModel): Promise<Answers> => {
    const execution = await load(lower(of, { batch, normalizer }), openReference(exact))
    const answers = await answer(execution, evaluation)
    await execution.dispose()
    return answers
  }
  const fp32 = await answersOf({ precision: 'fp32', model })
  if (fp32.nonFinite > 0)
    throw new OctetError(
      `${source.id}: ${fp32.nonFinite} outputs of FP32 are NaN or infinite`,
      'look for runaway values in the samples',
    )
  const score = (answers: Answers) =>
    task === 'none'
      ? undefined
      : scoreOf(task, answers, fp32, evaluation, { device: '', exact: false, decision })
  return {
    samples: rows.length,
    of: name,
    scale: score(fp32)?.scale ?? 1,
    figuresOf: async (quantized) => {
      const answers = await answersOf(quantized)
      const fidelity = fidelityOf(TASKS[task], answers.outputs, fp32.outputs, rows.length, decision)
      const loss = score(answers)?.loss
      return {
        sqnrDb: fidelity?.sqnrDb ?? (fidelity ? Infinity : -Infinity),
        ...(loss !== undefined && { loss }),
      }
    },
  }
}

function batchSize({ graph }: Model): number {
  const largest = Math.max(...Array.from(inferShapes(graph, 1).values(), (shape) => 4 * elements(shape)))
  return Math.max(1, Math.min(BATCH, largestBatch(graph), Math.floor(LARGEST_TENSOR_BYTES / largest)))
}
