import { randomCases } from '@octet/core/conformance'
import { parseRun } from '@octet/results'
import { inFileAsync, openWorkload } from '@octet/workloads'
import { Command } from 'commander'
import { describeMachine } from '../machine/machine.ts'
import { readyModel } from '../models/race.ts'
import { surveyModels } from '../models/survey.ts'
import { PEERS } from '../peers/catalog.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { modelsInWords } from '../show/models.ts'
import { sample } from '../vet/sample.ts'
import { answer } from './answer.ts'
import { expectSameMachine, keepInto, kernelRun, readInto } from './kernel-run.ts'
import { openWanted } from './open-wanted.ts'
import { adapterOption, intoOption, jsonOption, kernelsOption, wholeNumber } from './option.ts'
import { readyPeers } from './ready-peers.ts'
import type { Invocation, Session } from './session.ts'

const TUNE_SECONDS = 30
const RUNTIMES = PEERS.filter(({ runsModels }) => runsModels).map(({ id }) => id)

interface Flags {
  readonly peers?: string | true
  readonly tune: number
  readonly kernels?: readonly string[]
  readonly adapter: string
  readonly into?: string
  readonly json?: string
}

/** `octet models WORKLOAD…`: exit 1 when a model is computed wrong, or not at all. */
export function modelsCommand(invocation: Invocation): Command {
  return new Command('models')
    .description('Latency of whole models at batch 1, INT8 and FP32, with its fixed overhead apart.')
    .argument('<workloads...>', 'ids or folders of workloads')
    .option(
      '--peers [list]',
      `race other projects' runtimes, installed when first asked for: ${RUNTIMES.join(', ')} (default: all)`,
    )
    .option(
      '--tune <seconds>',
      'most seconds to tune a model on a device; 0: not at all',
      wholeNumber('--tune', 0),
      TUNE_SECONDS,
    )
    .addOption(kernelsOption(' (default: all that are found)'))
    .addOption(adapterOption())
    .addOption(intoOption('models'))
    .addOption(jsonOption())
    .action(
      invocation.action((workloads: readonly string[], flags: Flags) => models(workloads, flags, invocation)),
    )
}

async function models(workloads: readonly string[], flags: Flags, session: Session): Promise<number> {
  const { reporter } = session
  const { json, tune } = flags
  const into = readInto(flags.into)
  const startedAt = new Date()
  const ready = []
  for (const source of workloads) {
    reporter.stage(`opening ${source}`)
    ready.push(await inFileAsync(source, async () => readyModel(await openWorkload(source))))
  }
  const cases = sample(randomCases())
  const { open: devices } = await openWanted(flags, { cases }, session)
  const machine = describeMachine(devices.map(({ device }) => device.info))
  if (into) expectSameMachine(into, machine)
  const peers = (await readyPeers(flags.peers, reporter)).filter((id) => RUNTIMES.includes(id))
  const raced = await surveyModels(ready, devices, { peers, tuneMs: 1000 * tune }, reporter)
  const kept = parseRun({ ...kernelRun(machine, startedAt), models: raced.models })
  answer(session, json, { ...kept, failed: raced.failed }, modelsInWords(raced.models, raced.failed))
  // After the answer: where the run cannot be written, what was measured has been shown.
  if (into) keepInto(into, { models: raced.models })
  return raced.failed.length > 0 ? FAILED : DONE
}
