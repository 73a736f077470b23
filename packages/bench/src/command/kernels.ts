import { OctetError, type OpSpec, type Precision } from '@octet/core'
import { Command } from 'commander'
import { chooseKernels, openDevices } from '../discover/devices.ts'
import { discoverKernels } from '../discover/kernels.ts'
import { workspaceRoot } from '../discover/workspace.ts'
import { PROBLEMS } from '../kernels/problem.ts'
import { type Survey, surveyKernels } from '../kernels/survey.ts'
import { describeMachine } from '../machine/machine.ts'
import { kernelTables } from '../show/table.ts'
import { Progress } from '../show/progress.ts'
import { tell } from '../show/tell.ts'
import { readRun, runFile, writeWhole } from '../store/run-folder.ts'
import { PRECISIONS } from '../sweep/options.ts'
import { answer } from './answer.ts'
import { adapterOption, collect, jsonOption, listOf } from './option.ts'

const OPS = [...new Set(PROBLEMS.map(({ op }) => op))]

interface Flags {
  readonly op?: readonly OpSpec['op'][]
  readonly precision: readonly Precision[]
  readonly shape?: string
  readonly kernels?: readonly string[]
  readonly adapter: string
  readonly into?: string
  readonly json?: string
}

/** `octet kernels`: exit 1 when a kernel fails conformance. */
export function kernelsCommand(): Command {
  return new Command('kernels')
    .description('Time every kernel of every package by itself, after its conformance is shown.')
    .option('--op <list>', `ops: ${OPS.join(', ')}`, listOf('op', OPS))
    .option('--precision <list>', 'precisions', listOf('precision', PRECISIONS), PRECISIONS)
    .option('--shape <text>', 'only shapes that contain this text, as in "gemm 256"')
    .option(
      '--kernels <list>',
      'kernel packages, reference among them (default: all that are found)',
      collect(String),
    )
    .addOption(adapterOption())
    .option('--into <run>', 'keep the timings in this run, made on this machine')
    .addOption(jsonOption())
    .action(async (flags: Flags) => kernels(flags))
}

async function kernels({ op, precision, shape, kernels: wanted, adapter, into, json }: Flags): Promise<void> {
  if (shape !== undefined && !PROBLEMS.some((problem) => problem.shape.includes(shape)))
    throw new OctetError(
      `no shape contains "${shape}"`,
      `the shapes are ${PROBLEMS.map((one) => one.shape).join(', ')}`,
    )
  const run = into === undefined ? undefined : readRun(into)
  const discovery = await discoverKernels(workspaceRoot())
  for (const { package: name, fault } of discovery.faults) tell(`${name} is left out: ${fault}`)
  const host = { runtime: 'node', adapter } as const
  const { open, missing } = await openDevices(chooseKernels(discovery, wanted), host, {
    strict: wanted !== undefined || adapter !== 'auto',
  })
  for (const { kernels: name, reason, mend } of missing) tell(`${name} is left out: ${reason}. ${mend}`)
  const machine = describeMachine(open.map(({ device }) => device.info))
  if (run !== undefined && run.machine.fingerprint !== machine.fingerprint)
    throw new OctetError(
      `${into} was measured on another machine, runtime or adapter`,
      'times of two machines do not mix',
    )
  const survey = await surveyKernels(
    open,
    { ...(op && { ops: op }), precisions: precision, ...(shape && { shape }) },
    new Progress(),
  )
  if (into !== undefined && run !== undefined)
    writeWhole(runFile(into), `${JSON.stringify({ ...run, kernels: survey.kernels })}\n`)
  answer(json, { machine, ...survey }, inWords(survey))
  if (survey.conformance.some(({ failed }) => failed.length > 0)) process.exitCode = 1
}

function inWords({ conformance, kernels, notTimed }: Survey): string {
  const reasons = new Map<string, Set<string>>()
  for (const { package: name, op, precision, reason } of notTimed) {
    const what = reasons.get(`${name}: ${reason}`) ?? new Set()
    reasons.set(`${name}: ${reason}`, what.add(`${op} ${precision}`))
  }
  return [
    ...conformance.flatMap(({ package: name, adapter, passed, unsupported, failed }) => [
      `${name}/${adapter}: conformance ${passed} passed, ${failed.length} failed, ${unsupported} not supported`,
      ...failed.map((one) => `  FAILED ${one.case}: ${one.detail}`),
    ]),
    ...(kernels.length > 0 ? [kernelTables(kernels)] : []),
    ...[...reasons].map(([reason, what]) => `not timed: ${[...what].join(', ')}. ${reason}`),
  ].join('\n')
}
