import { resolve } from 'node:path'
import {
  calibrator,
  CALIBRATIONS_IN_WORDS,
  GRANULARITIES,
  OctetError,
  PRECISION,
  SAVED,
  SCHEMES,
  type Transform,
  TRANSFORM,
  TRANSFORMS,
  WEIGHT_BITS,
} from '@octet/core'
import { TARGET_IDS, TARGETS } from '@octet/onnx'
import type { MadeConfiguration } from '@octet/results'
import { Command } from 'commander'
import { certificateBeside } from '../certificate/certificate.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { readRanges } from '../calibrate/ranges.ts'
import { exportQuantized, type QuantizeRequest } from '../quantize/export.ts'
import { plannedConfiguration, readPlan } from '../quantize/plan.ts'
import { openMeasured, runNamed } from '../quantize/run.ts'
import { openSource } from '../quantize/source.ts'
import { transformChoice, transformsIn } from '../sweep/options.ts'
import { newestRun } from '../store/run-folder.ts'
import { quantizationInWords } from '../show/quantization.ts'
import { decibels } from '../show/number.ts'
import { answer } from './answer.ts'
import { jsonOption, knownOne, oneOf, positiveNumber, wholeNumber } from './option.ts'
import type { Invocation, Session } from './session.ts'
import { filesOf, type SourceFlags, withSourceOptions } from './source-option.ts'

interface Flags extends SourceFlags {
  readonly out: string
  readonly precision: 'int8' | 'fp16'
  readonly calibration: string
  readonly ranges?: string
  readonly granularity: (typeof GRANULARITIES)[number]
  readonly scheme: (typeof SCHEMES)[number]
  readonly weightBits: (typeof WEIGHT_BITS)[number]
  readonly transform: readonly Transform[]
  readonly plan?: string
  readonly target: (typeof TARGET_IDS)[number]
  readonly withInput: 'model' | 'raw'
  readonly withIo: 'fp32' | 'fp16'
  readonly minSqnr?: number
  /** False for --no-certificate. */
  readonly certificate?: string | false
  readonly vectors?: number
  readonly json?: string
}

/** Flags that configure the quantization. A cell of a run already fixes all of them. */
const CONFIGURING = [
  'precision',
  'calibration',
  'ranges',
  'granularity',
  'scheme',
  'weightBits',
  'transform',
] as const

/** `octet quantize`: exit 1 if the output differs from FP32's by more than `--min-sqnr` allows. */
export function quantizeCommand(invocation: Invocation): Command {
  const command = new Command('quantize')
    .description('Write a quantized ONNX model, with figures for every layer.')
    .argument(
      '[source]',
      'a MODEL.onnx with --calib (without --eval the calibration samples also judge the model), a ' +
        'built-in id, a workload folder, or a run: RUN for its recommendation, RUN:WORKLOAD, or RUN:CELL ' +
        '(default: the newest run in results)',
    )
    .requiredOption('--out <onnx>', 'the file that is written; it must be given')
  return withSourceOptions(command)
    .option('--precision <which>', 'int8 or fp16', oneOf('--precision', ['int8', 'fp16'] as const), 'int8')
    .option(
      '--calibration <name>',
      `strategy of calibration: ${CALIBRATIONS_IN_WORDS}`,
      (id) => calibrator(id).id,
      'auto',
    )
    .option(
      '--ranges <json>',
      'ranges that octet calibrate --save-ranges wrote, in place of a strategy (default: none)',
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
      '--transform <list>',
      'corrections beyond rounding to nearest, joined by + to combine them: ' +
        `${TRANSFORMS.map((id) => `${id} (${TRANSFORM[id].summary})`).join(', ')}, or none`,
      (text) => transformsIn(transformChoice(text)),
      [],
    )
    .option(
      '--plan <json>',
      'the precision of each layer, from octet plan --json; with min-max ranges and per-channel weights ' +
        '(default: none)',
    )
    .option(
      '--target <which>',
      TARGET_IDS.map((id) => `${id}: ${TARGETS[id].summary}`).join('. '),
      oneOf('--target', TARGET_IDS),
      TARGET_IDS[0],
    )
    .option(
      '--with-input <what>',
      'model: the inputs of the source; raw: readings, which the file normalizes',
      oneOf('--with-input', ['model', 'raw'] as const),
      'model',
    )
    .option(
      '--with-io <type>',
      'type of inputs and outputs with --precision fp16: fp32, with a Cast at both ends, or fp16',
      oneOf('--with-io', ['fp32', 'fp16'] as const),
      'fp32',
    )
    .option(
      '--min-sqnr <dB>',
      'the least SQNR of the output against FP32; if the output misses it, octet still writes the file ' +
        'and exits with code 1 (default: none)',
      positiveNumber('--min-sqnr'),
    )
    .option(
      '--certificate <json>',
      'the certificate for octet verify, with the outputs of the model for some inputs (default: OUT.certificate.json)',
    )
    .option('--no-certificate', 'write no certificate')
    .option(
      '--vectors <n>',
      'number of inputs of the certificate (default: 8, fewer where inputs are large)',
      wholeNumber('--vectors', 1),
    )
    .addOption(jsonOption())
    .action(
      invocation.action((source: string | undefined, flags: Flags, command: Command) =>
        quantize(source ?? newestRun('results'), flags, command, invocation),
      ),
    )
}

async function quantize(source: string, flags: Flags, command: Command, session: Session): Promise<number> {
  const { reporter } = session
  if (!flags.out.endsWith('.onnx'))
    throw new OctetError(`--out is "${flags.out}"`, 'name a file that ends in .onnx')
  reporter.stage(`opening ${source}`)
  const request = await requestOf(source, flags, command)
  if (resolve(request.source.file) === resolve(flags.out))
    throw new OctetError(`--out is the source itself, ${flags.out}`, 'give another file')
  const { outcome, json } = await exportQuantized(request, flags.out, reporter)
  answer(session, flags.json, json, quantizationInWords(outcome))
  const { sqnrDb } = outcome.judgement
  if (flags.minSqnr === undefined || sqnrDb === null || sqnrDb >= flags.minSqnr) return DONE
  reporter.log(`the output is ${decibels(sqnrDb)} from FP32's, and --min-sqnr requires ${flags.minSqnr} dB`)
  return FAILED
}

async function requestOf(text: string, flags: Flags, command: Command): Promise<QuantizeRequest> {
  const { target } = flags
  const ends = {
    rawInput: flags.withInput === 'raw',
    io: flags.withIo === 'fp16' ? 'float16' : 'float32',
    ...certificateOf(flags),
  } as const
  const run = runNamed(text)
  const decider = run !== undefined ? 'a run' : flags.plan !== undefined ? 'a plan' : undefined
  const extra = CONFIGURING.find((name) => command.getOptionValueSource(name) === 'cli')
  if (decider !== undefined) {
    if (extra !== undefined)
      throw new OctetError(
        `${decider} says how layers are quantized, and ` +
          `--${extra.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} says it too`,
        'leave the flag out, or name the model alone',
      )
  }
  if (run !== undefined) {
    if (flags.plan !== undefined)
      throw new OctetError('--plan goes with a model or a workload', 'leave it out, or name the workload')
    return { ...(await openMeasured(run.path, run.cell)), target, ...ends }
  }
  const source = await openSource(text, await filesOf(flags))
  const plan = flags.plan === undefined ? undefined : readPlan(flags.plan)
  const ranges = flags.ranges === undefined ? undefined : readRanges(flags.ranges)
  if (
    ranges !== undefined &&
    (flags.precision === 'fp16' || command.getOptionValueSource('calibration') === 'cli')
  )
    throw new OctetError(
      '--ranges replaces the strategy that finds ranges of INT8',
      'leave --calibration and --precision fp16 out, or leave --ranges out',
    )
  return {
    source,
    configuration: plan === undefined ? configurationOf(flags) : plannedConfiguration(plan),
    ...(ranges && { ranges }),
    seed: SEED,
    target,
    ...ends,
  }
}

function certificateOf({ certificate, out, vectors }: Flags): Pick<QuantizeRequest, 'certificate'> {
  if (certificate === false) return {}
  const path = certificate ?? certificateBeside(out)
  if (resolve(path) === resolve(out))
    throw new OctetError(`--certificate is --out, ${out}`, 'give another file')
  const isAskedFor = certificate !== undefined || vectors !== undefined
  return { certificate: { path, ...(vectors !== undefined && { vectors }), isAskedFor } }
}

/** The seed of AdaRound, the only method that draws random numbers. */
const SEED = 1

function configurationOf(flags: Flags): MadeConfiguration {
  if (flags.precision === 'fp16') {
    const side = { bits: 16, scheme: 'none', granularity: 'none' } as const
    return { method: 'none', precision: 'fp16', weights: side, activations: side, calibration: 'none' }
  }
  const { weightBits: bits, granularity, scheme, calibration, transform } = flags
  return {
    method: 'ptq',
    precision: 'int8',
    weights: { bits, scheme: 'symmetric', granularity },
    activations: { bits: PRECISION.int8.bits, scheme, granularity: 'per-tensor' } as const,
    calibration: flags.ranges === undefined ? calibration : SAVED,
    ...(transform.length > 0 && { transforms: [...transform] }),
  }
}
