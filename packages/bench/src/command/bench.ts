import { join } from 'node:path'
import {
  calibrator,
  CALIBRATIONS,
  CALIBRATIONS_IN_WORDS,
  GRANULARITIES,
  OctetError,
  PRECISIONS,
  SCHEMES,
  TRANSFORM,
  TRANSFORMS,
  WEIGHT_BITS,
} from '@octet/core'
import { onBoard, withIdeal, type Run } from '@octet/results'
import { listWorkloads, missingData, saveFolder } from '@octet/workloads'
import { Command } from 'commander'
import type { ConfiguredGoals } from '../config/config.ts'
import { FORWARDED_PORT } from '../browser/harness.ts'
import { Metering } from '../energy/metering.ts'
import type { Reporter } from '../show/reporter.ts'
import { openMeters } from '../energy/meters.ts'
import { openExact } from '../discover/exact.ts'
import { openTraining } from '../discover/training.ts'
import { onStop } from '../process/stopping.ts'
import { QAT_STEPS } from '../qat/recipe.ts'
import { type HeldFolder, newFolder, openRun } from '../store/open-run.ts'
import { assembleRun } from '../store/run-folder.ts'
import { fallenIn } from '../sweep/fallen.ts'
import { METHODS, QAT_SCALES, transformChoice } from '../sweep/options.ts'
import { budgetInWords } from '../sweep/samples.ts'
import { openSubjects, type Subject } from '../sweep/subject.ts'
import { sweep } from '../sweep/sweep.ts'
import { against, againstOption, refuseBeside } from './against.ts'
import { conclude } from './conclude.ts'
import { GOAL_FLAGS, goalsOf, withGoalOptions } from './goals.ts'
import {
  adapterOption,
  boardOption,
  collect,
  flagGiven,
  jsonOption,
  kernelsOption,
  knownOne,
  listOf,
  oneOf,
  shardOf,
  tuneOption,
  wholeNumber,
} from './option.ts'
import { refuseChanges, resumable, stopped, takeUp } from './resumption.ts'
import type { Invocation, Session } from './session.ts'
import { startEntry } from './start-entry.ts'
import { casesFor, chosenOf, discoverFor, openForSweep } from '../sweep/open-devices.ts'
import { filesOf, withSourceOptions } from './source-option.ts'
import { HOSTS, QUICK_SAMPLES, type SweepFlags, sweepOptions, TUNE_SECONDS } from './sweep-flags.ts'
import { trialRemarks } from './tried.ts'

interface Flags extends SweepFlags, ConfiguredGoals {
  readonly out: string
  readonly against?: string
  readonly resume?: string | true
  readonly report: boolean
  readonly json?: string
}

/** Flags that a resumed run accepts. It takes all other flags from its start. */
const WITH_RESUME: ReadonlySet<string> = new Set(['resume', 'out', 'report', 'json', ...GOAL_FLAGS])

/** Flags that affect neither the choice of programs nor where they run. */
const NOT_WITH_AGAINST: ReadonlySet<string> = new Set(
  (
    'quantized method qatSteps qatScales save calibration ranges transform board host cdp pagePort ' +
    'samples tune out resume shard report'
  )
    .split(' ')
    .concat(GOAL_FLAGS),
)

/** `octet bench`: the sweep. */
export function benchCommand(invocation: Invocation): Command {
  const builtin = listWorkloads().map(({ id }) => id)
  const command = new Command('bench')
    .description(
      'Measure accuracy, latency and memory of every configuration. Writes a run folder and a report.',
    )
    .option(
      '--workload <list>',
      `built-in ids (${builtin.join(', ')}), workload folders, or a MODEL.onnx`,
      collect(String),
      builtin,
    )
  return withGoalOptions(withSourceOptions(command))
    .option(
      '--quantized <onnx>',
      'the same model, quantized by another tool (QDQ or QOperator): Octet measures this file as it is, ' +
        'beside its own quantization of the FP32 model (default: none)',
    )
    .option(
      '--precision <list>',
      `precisions: ${PRECISIONS.join(', ')}`,
      listOf('precision', PRECISIONS),
      PRECISIONS,
    )
    .option(
      '--method <list>',
      `methods for INT8 models: ptq, qat (takes minutes and needs training samples)`,
      listOf('method', METHODS),
      ['ptq'],
    )
    .option(
      '--qat-steps <n>',
      'steps of 64 samples that QAT trains',
      wholeNumber('--qat-steps', 1),
      QAT_STEPS,
    )
    .option(
      '--qat-scales <which>',
      'scales of QAT: observed (from the batches, until they freeze) or learned (LSQ)',
      oneOf('--qat-scales', QAT_SCALES),
      'observed',
    )
    .option(
      '--save <folder>',
      'write the INT8 models into workload folders, as ONNX and with their grids; bench can evaluate ' +
        'these folders again (default: they are not written)',
    )
    .option(
      '--calibration <list>',
      `strategies of calibration: ${CALIBRATIONS_IN_WORDS}`,
      collect((id) => calibrator(id).id),
      CALIBRATIONS,
    )
    .option(
      '--ranges <json>',
      'ranges from octet calibrate --save-ranges, as an additional calibration with the name saved (default: none)',
    )
    .option(
      '--plan <json>',
      'a precision for each layer, from octet plan --json, as an additional configuration in mixed ' +
        'precision (default: none)',
    )
    .option(
      '--weight-bits <list>',
      `bits of weights of INT8 configurations: ${WEIGHT_BITS.join(', ')} (default: 8, and 4 with the ` +
        'first calibration alone)',
      collect(knownOne(WEIGHT_BITS, (bits) => `weights cannot have "${bits}" bits`)),
    )
    .option(
      '--transform <list>',
      'corrections that PTQ makes beyond rounding to nearest, joined by + to combine them: none, ' +
        TRANSFORMS.map((id) => `${id} (${TRANSFORM[id].summary})`).join(', '),
      collect(transformChoice),
      ['none'],
    )
    .option(
      '--granularity <list>',
      `granularity of weights: ${GRANULARITIES.join(', ')}`,
      listOf('granularity', GRANULARITIES),
      GRANULARITIES,
    )
    .option('--scheme <list>', `scheme of activations: ${SCHEMES.join(', ')}`, listOf('scheme', SCHEMES), [
      'affine',
    ])
    .addOption(kernelsOption(', including reference; they also compute the accuracy (default: all)'))
    .addOption(adapterOption())
    .option(
      '--host <where>',
      'the host of the kernels: node, or browser (a Chromium without a window, which octet starts) ' +
        '(default: node, or browser with --cdp)',
      oneOf('--host', HOSTS),
    )
    .option(
      '--cdp <url>',
      'measure in a browser that already runs, also on a phone, at this DevTools address (default: none)',
    )
    .option(
      '--page-port <n>',
      `port of this machine that serves the pages (default: any; ${FORWARDED_PORT} with --cdp)`,
      wholeNumber('--page-port', 0),
    )
    .addOption(boardOption('add the energy that INT8 models would take on a board, modelled'))
    .option(
      '--samples <n>',
      `the most evaluation samples of a workload (default: all, within ${budgetInWords()})`,
      wholeNumber('--samples', 1),
    )
    .option('--seed <n>', 'seed that draws the evaluation samples', wholeNumber('--seed', 0), 1)
    .option('--quick', `${QUICK_SAMPLES} samples and fewer rounds of timing`, false)
    .addOption(tuneOption('a workload', TUNE_SECONDS, ', and 0 with --quick'))
    .addOption(againstOption('its programs'))
    .option('--out <dir>', 'folder for run folders', 'results')
    .option(
      '--resume [run]',
      'continue an interrupted run: its folder or its id, or without a value the newest one in --out ' +
        '(default: a new run)',
    )
    .option(
      '--shard <i/n>',
      'measure the i-th of n parts; octet merge joins them (default: the whole sweep)',
      shardOf,
    )
    .option('--no-report', 'do not build the report')
    .addOption(jsonOption())
    .action(
      invocation.action((flags: Flags, command: Command) =>
        flags.against === undefined
          ? bench(flags, command, invocation)
          : benchAgainst(flags.against, flags, command, invocation),
      ),
    )
}

async function benchAgainst(ref: string, flags: Flags, command: Command, session: Session): Promise<number> {
  refuseBeside(command, NOT_WITH_AGAINST)
  const options = sweepOptions(flags, await filesOf(flags))
  return against(ref, { kind: 'programs', options }, flags, session)
}

async function bench(flags: Flags, command: Command, session: Session): Promise<number> {
  const { reporter, witness } = session
  const begun = flags.resume === undefined ? undefined : takeUp(flags.resume, flags.out, reporter)
  /** The folder of the finished measurements. Undefined until it exists. */
  let held: HeldFolder | undefined = begun
  const fallen = fallenIn(begun?.entries ?? [])
  let close: (() => Promise<void>) | undefined
  if (begun !== undefined) witness.keptIn(begun.folder)
  const unstop = onStop(reporter, () => stopped(held?.folder))
  try {
    if (begun !== undefined) refuseSweepFlags(command)
    const options =
      begun?.start.options ?? sweepOptions(withData(flags, command, reporter), await filesOf(flags))
    const subjects = await openSubjects(options, reporter)
    const discovery = await discoverFor(options, subjects, fallen, reporter)
    for (const { kernels, folder } of discovery.found) witness.knows(kernels.id, folder)
    const before = begun?.start.machine.adapters ?? []
    const opened = await openForSweep(options, subjects, discovery, { fallen, before }, session)
    const { devices, adapters, place, tried } = opened
    close = () => opened.close()
    const start = await startEntry({ options, subjects, discovery, adapters, place })
    if (begun !== undefined) refuseChanges(begun, start)
    if (options.save !== undefined)
      for (const { workload } of subjects) saveFolder(workload, join(options.save, workload.id))
    held ??= newFolder(flags.out, start.run.id)
    const run = begun === undefined ? openRun(held, [], start) : openRun(held, begun.entries)
    const { folder, record } = run
    witness.keptIn(folder)
    const chosen = options.methods.includes('qat') ? chosenOf(options, discovery) : []
    const training = await openTraining(chosen, reporter)
    const exact = await openExact(chosenOf(options, discovery), macsOf(subjects), reporter)
    const recorded = [...run.entries]
    const { meters } = options.quick || options.browser ? { meters: [] } : await openMeters()
    try {
      const kept = { recorded, record, folder }
      const metering = new Metering(meters)
      await sweep(subjects, { options, devices, ...kept, reporter, training, exact, metering })
    } finally {
      for (const meter of meters) meter.close()
    }
    await exact?.dispose()
    const { board } = options
    const measured = withIdeal(assembleRun(run.entries, new Date()))
    const whole = board === undefined ? measured : onBoard(measured, board)
    const remarks = [
      ...(await trialRemarks(tried, devices, casesFor(options, subjects))),
      ...remarksOn(whole),
    ]
    const goals = goalsOf(flags, board)
    return conclude(session, folder, whole, { report: flags.report, json: flags.json, goals, remarks })
  } catch (error) {
    throw held === undefined ? error : resumable(error, held.folder, reporter)
  } finally {
    held?.close()
    await close?.()
    unstop()
  }
}

/**
 * The flags, completed with the built-in workloads whose data are installed if the user names no workload.
 * @throws OctetError if no data are installed.
 */
function withData(flags: Flags, command: Command, reporter: Reporter): Flags {
  if (command.getOptionValueSource('workload') !== 'default') return flags
  const missing = missingData()
  const workload = flags.workload.filter((id) => !missing.has(id))
  const packages = [...new Set(missing.values())].join(' ')
  if (workload.length === 0)
    throw new OctetError(
      'the data of the built-in workloads are not installed',
      `measure your own model with --workload MODEL.onnx --eval X.npy, or npm install --save-dev ${packages}`,
    )
  if (missing.size > 0)
    reporter.log(
      `left out, as their data are not installed: ${[...missing.keys()].join(', ')}. npm install ` +
        `--save-dev ${packages}`,
    )
  return { ...flags, workload }
}

/** Multiply-accumulates of one pass over all samples. */
function macsOf(subjects: readonly Subject[]): number {
  const samplesOf = ({ info }: Subject): number => info.calibrationSamples + info.evaluationSamples.used
  return subjects.reduce((sum, subject) => sum + subject.macs * samplesOf(subject), 0)
}

/** Further remarks on a finished sweep. */
function remarksOn({ cells, trainings }: Run): string[] {
  const untrained = cells.some(({ method }) => method === 'ptq') && trainings === undefined
  return untrained ? ['QAT was not measured, because it takes minutes: add --method ptq,qat'] : []
}

/** Refuses flags of a sweep, because a resumed run takes them from its start. */
function refuseSweepFlags(command: Command): void {
  const extra = flagGiven(command, (name) => !WITH_RESUME.has(name))
  if (extra !== undefined)
    throw new OctetError('a resumed run keeps the flags that it began with', `leave ${extra} out`)
}
