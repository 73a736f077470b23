import { OctetError } from '@octet/core'
import { randomCases } from '@octet/core/conformance'
import { parseRun } from '@octet/results'
import { inFileAsync } from '@octet/workloads'
import { Command } from 'commander'
import { openExact } from '../discover/exact.ts'
import { discoverKernels } from '../discover/kernels.ts'
import { packageRoots } from '../discover/roots.ts'
import { describeMachine } from '../machine/machine.ts'
import { macsToCalibrate, type ReadyModel, readyModel } from '../models/ready.ts'
import { surveyModels } from '../models/survey.ts'
import { PEERS } from '../peers/catalog.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { modelsInWords } from '../show/models.ts'
import type { Reporter } from '../show/reporter.ts'
import { flagsOf, openSource, type SourceFiles } from '../source/open.ts'
import { sample } from '../vet/sample.ts'
import { answer } from './answer.ts'
import { expectSameMachine, keepInto, kernelRun, readInto } from './kernel-run.ts'
import { openWanted } from '../discover/open-wanted.ts'
import { adapterOption, intoOption, jsonOption, kernelsOption, tuneOption } from './option.ts'
import { readyPeers } from './ready-peers.ts'
import type { Invocation, Session } from './session.ts'
import { filesOf, type SourceFlags, withSourceOptions } from './source-option.ts'

const TUNE_SECONDS = 30
const RUNTIMES = PEERS.filter(({ runsModels }) => runsModels).map(({ id }) => id)

interface Flags extends SourceFlags {
  readonly peers?: string | true
  readonly tune?: number
  readonly kernels?: readonly string[]
  readonly adapter: string
  readonly into?: string | true
  readonly json?: string
}

/** `octet models SOURCE…`: exit 1 if a model's result is wrong, or if it has none. */
export function modelsCommand(invocation: Invocation): Command {
  const command = new Command('models')
    .description(
      'Time whole models at batch 1, in INT8 and FP32, with the fixed overhead as a separate figure.',
    )
    .argument(
      '<sources...>',
      'built-in ids, workload folders, or a MODEL.onnx: FP32 alone on random input, INT8 too with --calib',
    )
  return withSourceOptions(command)
    .option(
      '--peers [list]',
      'compare with the runtimes of other projects, which the first use installs: ' +
        `${RUNTIMES.join(', ')}; without a value all (default: none)`,
    )
    .addOption(tuneOption('a model', TUNE_SECONDS))
    .addOption(kernelsOption(' (default: all)'))
    .addOption(adapterOption())
    .addOption(intoOption('models'))
    .addOption(jsonOption())
    .action(
      invocation.action((sources: readonly string[], flags: Flags) => models(sources, flags, invocation)),
    )
}

async function models(sources: readonly string[], flags: Flags, session: Session): Promise<number> {
  const { reporter } = session
  const { json, tune = TUNE_SECONDS } = flags
  const into = readInto(flags.into)
  const startedAt = new Date()
  const ready = await readyModels(sources, await filesOf(flags), reporter)
  const cases = sample(randomCases())
  const { open: devices } = await openWanted(flags, { cases }, session)
  const machine = describeMachine(devices.map(({ device }) => device.info))
  if (into) expectSameMachine(into, machine)
  const peers = (await readyPeers(flags.peers, reporter)).filter((id) => RUNTIMES.includes(id))
  const raced = await surveyModels(ready, devices, { peers, tuneMs: 1000 * tune }, reporter)
  const kept = parseRun({ ...kernelRun(machine, startedAt), models: raced.models })
  answer(session, json, { ...kept, failed: raced.failed }, modelsInWords(raced.models, raced.failed))
  // This comes after the answer, so that the user has the figures even if the run cannot be written.
  if (into) keepInto(into, { machine, models: raced.models })
  return raced.failed.length > 0 ? FAILED : DONE
}

/** Opens every source before calibrating any of them, so that bad input is found first. */
async function readyModels(
  sources: readonly string[],
  files: SourceFiles,
  reporter: Reporter,
): Promise<readonly ReadyModel[]> {
  const [flag] = flagsOf(files)
  if (flag !== undefined && sources.length > 1)
    throw new OctetError(`${flag} goes with one MODEL.onnx`, 'time each other model with a separate command')
  const opened = []
  for (const source of sources) {
    reporter.stage(`opening ${source}`)
    opened.push({ source, model: await openSource(source, files) })
  }
  const { found } = await discoverKernels(packageRoots())
  const macs = opened.reduce((sum, { model }) => sum + macsToCalibrate(model), 0)
  const exact = await openExact(found, macs, reporter)
  const ready = []
  for (const { source, model } of opened) {
    reporter.stage(`calibrating ${source}`)
    ready.push(await inFileAsync(source, () => readyModel(model, exact)))
  }
  await exact?.dispose()
  return ready
}
