import { type Execution, type KernelDevice, load, OctetError, type Program, type Tensor } from '@octet/core'
import { type Accuracy, type Fidelity, pairedDropInterval } from '@octet/results'
import type { RenewableDevice } from '../discover/renewable.ts'
import { messageOf } from '../show/message.ts'
import type { Evaluation } from './evaluation.ts'
import type { Correctness } from './correctness.ts'

/** What a model answers over the evaluation samples. */
export interface Answers {
  /** [samples, outputs], row by row. */
  readonly outputs: Float32Array
  /** Index of the largest output of each sample; -1 where an output is NaN. */
  readonly classes: Int32Array
  /** Outputs that are NaN or infinite. */
  readonly nonFinite: number
}

/** Answers, and the `package/adapter` that gave them. */
export interface Answered {
  readonly answers: Answers
  readonly device: string
}

/** A device is asked twice: what it was lost in may not come again. */
const ATTEMPTS = 2

/**
 * Runs every evaluation batch on the first of the evaluators that comes to its end with the right answers, as `check`
 * tells of those that are not the reference itself. One that throws is opened again and tried once more. What is
 * wrong with a device is added to the correctness's faults, and the next is asked.
 * @throws OctetError with what each device said, when none does; whatever `check` throws.
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
    // What the reference cannot compute is the model's fault, and not that of all models of this program.
    if (device !== reference) faults.set(device.name, wrong!)
  }
  throw new OctetError(`no device evaluates it: ${said.join('; ')}`)
}

/** The answers, or what the last of the attempts threw. */
async function attemptOn(
  device: RenewableDevice,
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

async function answerOn(program: Program, device: KernelDevice, evaluation: Evaluation): Promise<Answers> {
  const execution = await load(program, device)
  try {
    return await answer(execution, evaluation)
  } finally {
    await execution.dispose()
  }
}

/** Runs every evaluation batch. */
export async function answer(execution: Execution, evaluation: Evaluation): Promise<Answers> {
  const parts: Tensor<'float32'>[] = []
  for (let i = 0; i < evaluation.batches; i++) parts.push(await execution.run(evaluation.batch(i)))
  const width = parts[0].data.length / evaluation.batchSize
  const outputs = new Float32Array(evaluation.samples * width)
  parts.forEach((part, i) => {
    const at = i * evaluation.batchSize * width
    outputs.set(part.data.subarray(0, Math.min(part.data.length, outputs.length - at)), at)
  })
  const classes = Int32Array.from({ length: evaluation.samples }, (_, i) =>
    largest(outputs.subarray(i * width, (i + 1) * width)),
  )
  return {
    outputs,
    classes,
    nonFinite: outputs.reduce((count, value) => count + Number(!Number.isFinite(value)), 0),
  }
}

/**
 * Top-1 accuracy of answers beside FP32's on the same samples. `exact` is for FP32 itself, whose drop has no
 * interval.
 */
export function accuracyOf(
  answers: Answers,
  fp32: Answers,
  labels: Int32Array,
  about: { readonly metric: string; readonly device: string; readonly exact: boolean },
): Accuracy {
  const samples = labels.length
  let [right, baseline, lost, gained] = [0, 0, 0, 0]
  labels.forEach((label, i) => {
    const [ours, theirs] = [answers.classes[i] === label, fp32.classes[i] === label]
    right += Number(ours)
    baseline += Number(theirs)
    lost += Number(theirs && !ours)
    gained += Number(ours && !theirs)
  })
  return {
    metric: about.metric,
    value: right / samples,
    fp32: baseline / samples,
    drop: (baseline - right) / samples,
    ci95: about.exact ? [0, 0] : pairedDropInterval(lost, gained, samples),
    samples,
    device: about.device,
  }
}

/**
 * How far outputs are from FP32's; both must be finite. Without classes (a model of one output) the signal is what
 * varies, as its mean tells nothing, and there is nothing to agree on. Undefined where there is an error and no
 * signal that it could be held against.
 */
export function fidelityOf(answers: Answers, fp32: Answers, hasClasses = true): Fidelity | undefined {
  const { outputs, classes } = fp32
  const mean = hasClasses ? 0 : outputs.reduce((sum, value) => sum + value, 0) / outputs.length
  let [signal, noise, maxAbsError, agreeing] = [0, 0, 0, 0]
  outputs.forEach((value, i) => {
    const error = Math.abs(value - answers.outputs[i])
    signal += (value - mean) ** 2
    noise += error * error
    if (error > maxAbsError) maxAbsError = error
  })
  if (signal === 0 && noise > 0) return undefined
  classes.forEach((value, i) => (agreeing += Number(value === answers.classes[i])))
  return {
    sqnrDb: noise === 0 ? null : 10 * Math.log10(signal / noise),
    maxAbsError,
    ...(hasClasses && { agreement: agreeing / classes.length }),
  }
}

function largest(values: Float32Array): number {
  let best = 0
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) return -1
    if (values[i] > values[best]) best = i
  }
  return best
}
