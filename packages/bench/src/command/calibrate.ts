import {
  calibrator,
  CALIBRATIONS,
  CALIBRATIONS_IN_WORDS,
  GRANULARITIES,
  MOST_DRAWS,
  OctetError,
  SCHEMES,
  TASK_IDS,
  type TaskId,
  TASKS,
  THRESHOLD,
  WEIGHT_BITS,
} from '@octet/core'
import { readNormalization } from '@octet/workloads'
import { Command } from 'commander'
import { calibrate } from '../calibrate/calibrate.ts'
import { DONE } from '../process/exit.ts'
import { openSource } from '../quantize/source.ts'
import { calibrationInWords } from '../show/calibration.ts'
import { answer } from './answer.ts'
import { choiceOf, dimOption, type ModelFlags, outputOption, setOption, stateOption } from './model-option.ts'
import { collect, jsonOption, knownOne, oneOf, positiveNumber, probability, wholeNumber } from './option.ts'
import type { Invocation, Session } from './session.ts'

interface Flags extends ModelFlags {
  readonly calib?: string
  readonly eval?: string
  readonly labels?: string
  readonly normalize?: string
  readonly manifest?: string
  readonly classes?: readonly string[]
  readonly task?: TaskId
  readonly threshold?: number
  readonly calibration: readonly string[]
  readonly weightBits: (typeof WEIGHT_BITS)[number]
  readonly granularity: (typeof GRANULARITIES)[number]
  readonly scheme: (typeof SCHEMES)[number]
  readonly draws: number
  readonly maxDoubt?: number
  readonly samples?: number
  readonly seed: number
  readonly json?: string
}

/** Draws of each size: an interval of six is 1.3 times as wide as one of very many. */
const DRAWS = 6

/** `octet calibrate WORKLOAD|MODEL.onnx`. */
export function calibrateCommand(invocation: Invocation): Command {
  return new Command('calibrate')
    .description(
      'Say how many calibration samples are enough, which of them stretch a range, and what auto chose.',
    )
    .argument('<source>', 'built-in id, workload folder, or a MODEL.onnx with --calib')
    .option('--calib <npy>', 'calibration samples of a MODEL.onnx')
    .option('--eval <npy>', 'samples that models are judged on (default: those that calibrate)')
    .option('--labels <npy>', 'labels of --eval')
    .option('--normalize <how>', 'how readings of a MODEL.onnx are normalized, as bench takes it')
    .option('--manifest <json>', 'a manifest.json for a MODEL.onnx; the flags beside it go before it')
    .option('--classes <list>', 'names of the classes of a MODEL.onnx', collect(String))
    .option(
      '--task <task>',
      `what a MODEL.onnx is judged by: ${TASK_IDS.join(', ')} (default: as its labels look)`,
      oneOf('--task', TASK_IDS),
    )
    .option(
      '--threshold <p>',
      `least probability that a decision takes for a yes (default: ${THRESHOLD})`,
      probability('--threshold'),
    )
    .addOption(dimOption())
    .addOption(setOption())
    .addOption(outputOption())
    .addOption(stateOption())
    .option(
      '--calibration <list>',
      `strategies of calibration: ${CALIBRATIONS_IN_WORDS}`,
      collect((id) => calibrator(id).id),
      CALIBRATIONS,
    )
    .option(
      '--granularity <which>',
      `of weights: ${GRANULARITIES.join(', ')}`,
      oneOf('--granularity', GRANULARITIES),
      'per-channel',
    )
    .option('--scheme <which>', `of activations: ${SCHEMES.join(', ')}`, oneOf('--scheme', SCHEMES), 'affine')
    .option(
      '--weight-bits <n>',
      `of weights: ${WEIGHT_BITS.join(', ')}`,
      knownOne(WEIGHT_BITS, (bits) => `weights cannot have "${bits}" bits`),
      8,
    )
    .option(
      '--draws <n>',
      `times that each size is drawn, 2 to ${MOST_DRAWS}`,
      wholeNumber('--draws', 2),
      DRAWS,
    )
    .option(
      '--max-doubt <loss>',
      "most that another set of samples may move the loss, in the unit of the task's goals, or in dB for a task without a score (default: half of the goal, or 1 dB)",
      positiveNumber('--max-doubt'),
    )
    .option(
      '--samples <n>',
      'most samples that models are judged on (default: 100 to 500, as a budget of work allows)',
      wholeNumber('--samples', 1),
    )
    .option(
      '--seed <n>',
      'of the draws, and of the samples that models are judged on',
      wholeNumber('--seed', 0),
      1,
    )
    .addOption(jsonOption())
    .action(invocation.action((source: string, flags: Flags) => calibrateSource(source, flags, invocation)))
}

async function calibrateSource(text: string, flags: Flags, session: Session): Promise<number> {
  const { calibration, weightBits, granularity, scheme, draws, maxDoubt, samples, seed } = flags
  if (draws > MOST_DRAWS)
    throw new OctetError(`--draws is "${draws}"`, `give a whole number from 2 to ${MOST_DRAWS}`)
  session.reporter.stage(`opening ${text}`)
  const source = await openSource(text, await filesOf(flags))
  const factor = source.task === 'none' ? 1 : TASKS[source.task].goalUnit.factor
  const found = await calibrate(
    {
      source,
      calibrations: calibration,
      weights: { bits: weightBits, scheme: 'symmetric', granularity },
      activations: { bits: 8, scheme },
      draws,
      seed,
      ...(samples !== undefined && { samples }),
      ...(maxDoubt !== undefined && { maxDoubt: maxDoubt / factor }),
    },
    session.reporter,
  )
  answer(session, flags.json, found, calibrationInWords(found))
  return DONE
}

/** The files of a MODEL.onnx, and what is said of it. */
async function filesOf(flags: Flags): Promise<Parameters<typeof openSource>[1]> {
  const { calib, eval: evaluation, labels, manifest, classes, task, threshold } = flags
  const normalize = flags.normalize === undefined ? undefined : await readNormalization(flags.normalize)
  const stated = {
    ...choiceOf(flags),
    ...(normalize !== undefined && { normalize }),
    ...(classes && { classes }),
    ...(task !== undefined && { task }),
    ...(threshold !== undefined && { threshold }),
  }
  return {
    ...(calib !== undefined && { calibration: calib }),
    ...(evaluation !== undefined && { evaluation }),
    ...(labels !== undefined && { labels }),
    ...(manifest !== undefined && { manifest }),
    ...(Object.keys(stated).length > 0 && { stated }),
  }
}
