import { type OpSpec, type KernelPrecision, KERNEL_PRECISIONS } from '@octet/core'
import { parseRun } from '@octet/results'
import { Command } from 'commander'
import { PROBLEMS } from '../kernels/catalog.ts'
import { chosenProblems } from '../kernels/choose.ts'
import { casesOf } from '../kernels/conform.ts'
import { type Suite, SUITES } from '../kernels/problem.ts'
import type { Selection } from '../kernels/device-survey.ts'
import { surveyKernels } from '../kernels/survey.ts'
import { describeMachine } from '../machine/machine.ts'
import { PEERS } from '../peers/catalog.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { surveyInWords } from '../show/kernels.ts'
import { against, againstOption, refuseBeside } from './against.ts'
import { answer } from './answer.ts'
import { expectSameMachine, keepInto, kernelRun, readInto } from './kernel-run.ts'
import { openWanted } from '../discover/open-wanted.ts'
import {
  adapterOption,
  intoOption,
  jsonOption,
  kernelsOption,
  knownOne,
  listOf,
  tuneOption,
} from './option.ts'
import { readyPeers } from './ready-peers.ts'
import type { Invocation, Session } from './session.ts'

const OPS = [...new Set(PROBLEMS.map(({ op }) => op))]
/** Kernels are timed as they are unless tuning is asked for. */
const TUNE_SECONDS = 0

interface Flags {
  readonly suite?: Suite
  readonly op?: readonly OpSpec['op'][]
  readonly precision: readonly KernelPrecision[]
  readonly shape?: string
  readonly variants: boolean
  readonly tune?: number
  readonly peers?: string | true
  readonly kernels?: readonly string[]
  readonly adapter: string
  readonly against?: string
  readonly into?: string | true
  readonly json?: string
}

/** `octet kernels`: exit 1 if a kernel fails conformance. */
export function kernelsCommand(invocation: Invocation): Command {
  return new Command('kernels')
    .description('Time every kernel of every package alone, after it has passed its conformance cases.')
    .option(
      '--suite <name>',
      `shapes: ${SUITES.join(', ')} (default: core, or all with --shape)`,
      knownOne(SUITES, (name) => `there is no suite "${name}"`),
    )
    .option('--op <list>', `ops: ${OPS.join(', ')} (default: all)`, listOf('op', OPS))
    .option(
      '--precision <list>',
      `precisions: ${KERNEL_PRECISIONS.join(', ')}`,
      listOf('precision', KERNEL_PRECISIONS),
      KERNEL_PRECISIONS,
    )
    .option(
      '--shape <text>',
      'only shapes or models that contain this text, as in "gemm 256" or "ResNet" (default: all of the suite)',
    )
    .option('--variants', 'time every variant of a device, not only its own choice', false)
    .addOption(tuneOption('all of these shapes', TUNE_SECONDS))
    .option(
      '--peers [list]',
      'compare with the kernels of other projects, which the first use installs: ' +
        `${PEERS.map(({ id }) => id).join(', ')}; without a value all (default: none)`,
    )
    .addOption(kernelsOption(', including reference (default: all)'))
    .addOption(adapterOption())
    .addOption(againstOption('kernels'))
    .addOption(intoOption('shapes'))
    .addOption(jsonOption())
    .action(
      invocation.action((flags: Flags, command: Command) =>
        flags.against === undefined
          ? kernels(flags, invocation)
          : kernelsAgainst(flags.against, flags, command, invocation),
      ),
    )
}

/** Flags that affect neither the choice of kernels nor where they run. */
const NOT_WITH_AGAINST: ReadonlySet<string> = new Set(['variants', 'tune', 'peers', 'into'])

async function kernelsAgainst(
  ref: string,
  flags: Flags,
  command: Command,
  session: Session,
): Promise<number> {
  refuseBeside(command, NOT_WITH_AGAINST)
  const { suite, op, precision, shape, kernels: wanted, adapter, json } = flags
  // Here an unknown shape ends in one line.
  chosenProblems(flags)
  const choice = {
    ...(suite && { suite }),
    ...(op && { op }),
    precision,
    ...(shape !== undefined && { shape }),
    ...(wanted && { kernels: wanted }),
    adapter,
  }
  return against(ref, { kind: 'kernels', choice }, { quick: true, json }, session)
}

async function kernels(flags: Flags, session: Session): Promise<number> {
  const { json } = flags
  const selection = selectionOf(flags)
  const into = readInto(flags.into)
  const startedAt = new Date()
  const ops = new Set(selection.problems.map(({ op }) => op))
  // The survey itself shows wrong results. It cannot survive a package that hangs or ends the process.
  const cases = casesOf(ops, selection.precisions)
  const { open, withheld } = await openWanted(flags, { cases, withhold: 'falls' }, session)
  const machine = describeMachine(open.map(({ device }) => device.info))
  if (into) expectSameMachine(into, machine)
  const peers = await readyPeers(flags.peers, session.reporter)
  const survey = await surveyKernels(open, { ...selection, peers }, session.reporter)
  const { peaks, kernels, notTimed } = survey
  const kept = parseRun({ ...kernelRun(machine, startedAt), peaks, kernels, notTimed })
  answer(session, json, { ...kept, ...survey }, surveyInWords(survey))
  // This comes after the answer, so that the user has the figures even if the run cannot be written.
  if (into) keepInto(into, { machine, peaks, kernels, notTimed })
  const failed = survey.conformance.some((one) => one.failed.length > 0)
  return failed || withheld.length > 0 ? FAILED : DONE
}

function selectionOf(flags: Flags): Omit<Selection, 'peers'> {
  const { precision, variants, tune = TUNE_SECONDS } = flags
  return {
    problems: chosenProblems(flags),
    precisions: precision,
    variants: variants ? 'all' : 'picked',
    tuneMs: 1000 * tune,
  }
}
