import { type KernelDevice, type OpSpec, type Precision, precisionOf } from '@octet/core'
import { conformanceCases, judge } from '@octet/core/conformance'
import type { KernelResult } from '@octet/results'
import type { OpenDevice } from '../discover/devices.ts'
import type { Progress } from '../show/progress.ts'
import { type Problem, PROBLEMS } from './problem.ts'
import { type KernelEffort, raceKernels } from './race.ts'

/** Which kernels are looked at; what is left out does not narrow. */
export interface Selection {
  readonly ops?: readonly OpSpec['op'][]
  readonly precisions: readonly Precision[]
  /** Text that the shape must contain. */
  readonly shape?: string
}

/** What conformance of one device came to. */
export interface Conformity {
  readonly package: string
  readonly adapter: string
  readonly passed: number
  readonly unsupported: number
  readonly failed: readonly {
    readonly case: string
    readonly op: OpSpec['op']
    readonly precision: Precision
    readonly detail: string
  }[]
}

/** A kernel that was not timed. */
export interface NotTimed {
  readonly package: string
  readonly adapter: string
  readonly op: OpSpec['op']
  readonly precision: Precision
  readonly shape: string
  readonly reason: string
}

export interface Survey {
  readonly conformance: readonly Conformity[]
  readonly kernels: readonly KernelResult[]
  readonly notTimed: readonly NotTimed[]
}

/** Conformance of every selected op on every device, then times of what conforms. What does not is listed with the reason. */
export async function surveyKernels(
  devices: readonly OpenDevice[],
  selection: Selection,
  progress: Progress,
  effort?: KernelEffort,
): Promise<Survey> {
  const conformance: Conformity[] = []
  const kernels: KernelResult[] = []
  const notTimed: NotTimed[] = []
  const problems = PROBLEMS.filter(
    ({ op, shape }) => (selection.ops?.includes(op) ?? true) && shape.includes(selection.shape ?? ''),
  )
  progress.begin(devices.length * (problems.length + 1))
  for (const { kernels: name, device } of devices) {
    progress.note(`${name}/${device.info.id}: conformance`)
    const judged = await conform(name, device, new Set(problems.map(({ op }) => op)), selection.precisions)
    conformance.push(judged)
    progress.advance(1)
    for (const problem of problems) {
      progress.note(`${name}/${device.info.id}: ${problem.shape}`)
      const able: Precision[] = []
      for (const precision of problem.precisions.filter((one) => selection.precisions.includes(one))) {
        const reason = obstacle(problem, precision, device, judged)
        if (reason === undefined) able.push(precision)
        else
          notTimed.push({
            package: name,
            adapter: device.info.id,
            op: problem.op,
            precision,
            shape: problem.shape,
            reason,
          })
      }
      if (able.length > 0)
        kernels.push(...(await raceKernels(problem, able, { kernels: name, device }, effort)))
      progress.advance(1)
    }
  }
  progress.end()
  return { conformance, kernels, notTimed }
}

async function conform(
  name: string,
  device: KernelDevice,
  ops: ReadonlySet<OpSpec['op']>,
  precisions: readonly Precision[],
): Promise<Conformity> {
  let [passed, unsupported] = [0, 0]
  const failed: Conformity['failed'][0][] = []
  for (const one of conformanceCases()) {
    const precision = precisionOf(one.spec)
    if (!precisions.includes(precision) || !ops.has(one.spec.op)) continue
    const { status, detail } = await judge(device, one)
    passed += Number(status === 'passed')
    unsupported += Number(status === 'unsupported')
    if (status === 'failed')
      failed.push({ case: one.name, op: one.spec.op, precision, detail: detail ?? 'no detail' })
  }
  return { package: name, adapter: device.info.id, passed, unsupported, failed }
}

/** Why a kernel is not timed: it is not there, or it is wrong. */
function obstacle(
  { op, spec }: Problem,
  precision: Precision,
  device: KernelDevice,
  { failed }: Conformity,
): string | undefined {
  const supported = device.supports(spec(precision))
  if (supported !== true) return supported.reason
  const wrong = failed.find((one) => one.op === op && one.precision === precision)
  return wrong && `it fails conformance (${wrong.case}: ${wrong.detail})`
}
