import { type Decision, type ScoredTaskId, OctetError, type Program, TASKS, type Tensor } from '@octet/core'
import type { TaskScore } from '@octet/results'
import type { RenewableDevice } from '../discover/renewable.ts'
import { messageOf } from '../show/message.ts'
import type { Evaluation } from './evaluation.ts'
import type { Correctness } from './correctness.ts'
import { jobsOf, type Loaded, type OpenedDevice } from './jobs.ts'

/** The answers of a model over the evaluation samples. */
export interface Answers {
  /** [samples, outputs], row by row. */
  readonly outputs: Float32Array
  /** The number of outputs that are NaN or infinite. */
  readonly nonFinite: number
}

/** Answers, and the `package/adapter` that computed them. */
export interface Answered {
  readonly answers: Answers
  readonly device: string
}

/** A device gets two attempts, because the fault that broke it may not occur again. */
const ATTEMPTS = 2

/**
 * Runs every evaluation batch on the first evaluator that completes it with correct answers. `check` judges the
 * answers, except those of the reference. An evaluator that throws is opened again and gets a second attempt. The fault
 * of a device is added to the correctness's faults, and the next evaluator follows.
 * @throws OctetError with every device's fault if all fail. Any error that `check` throws.
 */
export async function answerOnBest(
  program: Program,
  { evaluators, faults }: Correctness,
  evaluation: Evaluation,
  check: (answers: Answers) => Promise<string | undefined>,
): Promise<Answered> {
  const reference = evaluators.at(-1)
  const said: string[] = []
  for (const device of evaluators) {
    const known = faults.get(device.name)
    const answered = known ?? (await attemptOn(device, program, evaluation))
    const wrong =
      typeof answered === 'string' ? answered : device === reference ? undefined : await check(answered)
    if (typeof answered !== 'string' && wrong === undefined) return { answers: answered, device: device.name }
    said.push(`${device.name}: ${wrong}`)
    // A failure of the reference is a fault of this model, not of all models of the program.
    if (device !== reference) faults.set(device.name, wrong!)
  }
  throw new OctetError(`no device evaluates it: ${said.join('; ')}`)
}

/** The answers, or the exception of the last attempt. */
async function attemptOn(
  device: RenewableDevice<OpenedDevice>,
  program: Program,
  evaluation: Evaluation,
): Promise<Answers | string> {
  let thrown = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return await device.use((open) => answerOn(program, open, evaluation), 'it evaluated')
    } catch (error) {
      thrown = messageOf(error)
    }
  }
  return thrown
}

async function answerOn(program: Program, device: OpenedDevice, evaluation: Evaluation): Promise<Answers> {
  const execution = await jobsOf(device).load(program)
  try {
    return await answer(execution, evaluation)
  } finally {
    await execution.dispose()
  }
}

/** Runs every evaluation batch. */
export async function answer(execution: Pick<Loaded, 'run'>, evaluation: Evaluation): Promise<Answers> {
  const parts: Tensor<'float32'>[] = []
  for (let i = 0; i < evaluation.batches; i++) parts.push(await execution.run(evaluation.batch(i)))
  const width = parts[0].data.length / evaluation.batchSize
  const outputs = new Float32Array(evaluation.samples * width)
  parts.forEach((part, i) => {
    const at = i * evaluation.batchSize * width
    outputs.set(part.data.subarray(0, Math.min(part.data.length, outputs.length - at)), at)
  })
  return {
    outputs,
    nonFinite: outputs.reduce((count, value) => count + Number(!Number.isFinite(value)), 0),
  }
}

/** The further inputs and fields of a score. */
interface Judging {
  /** The device that computed the answers. */
  readonly device: string
  /** Whether these are the answers of FP32 itself. */
  readonly exact: boolean
  readonly decision: Decision | undefined
}

/**
 * A task's metric over answers, compared with FP32's on the same samples. `exact` marks FP32 itself, whose loss has no
 * interval.
 */
export function scoreOf(
  id: ScoredTaskId,
  answers: Answers,
  fp32: Answers,
  { labels, samples: count }: Pick<Evaluation, 'labels' | 'samples'>,
  { device, exact, decision }: Judging,
): TaskScore {
  const { metric, unit, higherIsBetter, beside: _, ...task } = TASKS[id]
  const truth = task.truth === 'labels' ? labels : fp32.outputs
  const [ours, theirs] = [answers, fp32].map(({ outputs }) => task.tally(outputs, truth, count, decision))
  const { loss, ci95, samples } = task.lossOf(ours, theirs)
  return {
    id,
    metric,
    unit,
    higherIsBetter,
    value: ours.value,
    fp32: theirs.value,
    loss,
    ci95: exact ? [0, 0] : ci95,
    samples,
    ...(ours.scale !== undefined && { scale: ours.scale }),
    ...(ours.beside && { beside: ours.beside }),
    device,
  }
}
