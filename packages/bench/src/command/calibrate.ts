import {
  calibrator,
  CALIBRATIONS,
  CALIBRATIONS_IN_WORDS,
  GRANULARITIES,
  MOST_DRAWS,
  OctetError,
  SCHEMES,
  TASKS,
  WEIGHT_BITS,
} from '@octet/core'
import { Command } from 'commander'
import { calibrate } from '../calibrate/calibrate.ts'
import { DONE } from '../process/exit.ts'
import { openSource } from '../quantize/source.ts'
import { calibrationInWords } from '../show/calibration.ts'
import { answer } from './answer.ts'
import { collect, jsonOption, knownOne, oneOf, positiveNumber, wholeNumber } from './option.ts'
import type { Invocation, Session } from './session.ts'
import { filesOf, type SourceFlags, withSourceOptions } from './source-option.ts'

interface Flags extends SourceFlags {
  readonly calibration: readonly string[]
  readonly weightBits: (typeof WEIGHT_BITS)[number]
  readonly granularity: (typeof GRANULARITIES)[number]
  readonly scheme: (typeof SCHEMES)[number]
  readonly draws: number
  readonly maxDoubt?: number
  readonly samples?: number
  readonly seed: number
  readonly saveRanges?: string
  readonly json?: string
}

/** Draws of each size. The interval of six draws is 1.3 times as wide as that of very many draws. */
const DRAWS = 6

/** `octet calibrate WORKLOAD|MODEL.onnx`. */
export function calibrateCommand(invocation: Invocation): Command {
  const command = new Command('calibrate')
    .description(
      'Show how many calibration samples are enough, which samples stretch a range, and which strategies auto chose.',
    )
    .argument(
      '<source>',
      'a built-in id, a workload folder, or a MODEL.onnx with --calib; without --eval the calibration ' +
        'samples also judge the model',
    )
  return withSourceOptions(command)
    .option(
      '--calibration <list>',
      `strategies of calibration: ${CALIBRATIONS_IN_WORDS}`,
      collect((id) => calibrator(id).id),
      CALIBRATIONS,
    )
    .option(
      '--granularity <which>',
      `granularity of weights: ${GRANULARITIES.join(', ')}`,
      oneOf('--granularity', GRANULARITIES),
      'per-channel',
    )
    .option(
      '--scheme <which>',
      `scheme of activations: ${SCHEMES.join(', ')}`,
      oneOf('--scheme', SCHEMES),
      'affine',
    )
    .option(
      '--weight-bits <n>',
      `bits of weights: ${WEIGHT_BITS.join(', ')}`,
      knownOne(WEIGHT_BITS, (bits) => `weights cannot have "${bits}" bits`),
      8,
    )
    .option(
      '--draws <n>',
      `number of draws of each size, 2 to ${MOST_DRAWS}`,
      wholeNumber('--draws', 2),
      DRAWS,
    )
    .option(
      '--max-doubt <loss>',
      "the most by which another set of samples may change the loss, in the unit of the task's goals, " +
        'or in dB for a task without a score (default: half of the goal, or 1 dB)',
      positiveNumber('--max-doubt'),
    )
    .option(
      '--samples <n>',
      'the most samples on which models are judged (default: 100 to 500, within a budget of work)',
      wholeNumber('--samples', 1),
    )
    .option(
      '--seed <n>',
      'seed of the draws, and of the samples on which models are judged',
      wholeNumber('--seed', 0),
      1,
    )
    .option(
      '--save-ranges <json>',
      'write the ranges of the one strategy of --calibration, for --ranges of bench and quantize ' +
        '(default: they are not written)',
    )
    .addOption(jsonOption())
    .action(invocation.action((source: string, flags: Flags) => calibrateSource(source, flags, invocation)))
}

async function calibrateSource(text: string, flags: Flags, session: Session): Promise<number> {
  const { calibration, weightBits, granularity, scheme, draws, maxDoubt, samples, seed } = flags
  if (draws > MOST_DRAWS)
    throw new OctetError(`--draws is "${draws}"`, `give a whole number from 2 to ${MOST_DRAWS}`)
  const { saveRanges } = flags
  if (saveRanges !== undefined && calibration.length > 1)
    throw new OctetError(
      `--save-ranges keeps the ranges of one strategy, and ${calibration.length} are asked for`,
      'name one: --calibration auto',
    )
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
      ...(saveRanges !== undefined && { saveRanges }),
    },
    session.reporter,
  )
  answer(session, flags.json, found, calibrationInWords(found))
  return DONE
}
