import { type DeviceInfo, type OpSpec, precisionOf, PRECISIONS } from '@octet/core'
import { type ConformanceCase, conformanceCases, randomCases } from '@octet/core/conformance'
import { chooseKernels, openDevices } from '../discover/devices.ts'
import { hostOf } from '../discover/host.ts'
import { type DiscoveredKernels, type Discovery, discoverKernels } from '../discover/kernels.ts'
import type { MissingDevice } from '../discover/missing-device.ts'
import type { Watching } from '../discover/renewable.ts'
import { workspaceRoot } from '../discover/workspace.ts'
import type { Reporter } from '../show/reporter.ts'
import { joinFallen, type Joined } from './fallen.ts'
import type { SweepOptions } from './options.ts'
import type { Subject } from './subject.ts'
import { sample } from '../vet/sample.ts'

type Subjects = readonly Pick<Subject, 'ops'>[]

/** Ops that no layer stands for. */
const CONVERSIONS: readonly OpSpec['op'][] = ['Normalize', 'QuantizeLinear', 'DequantizeLinear']

/**
 * Finds the kernel packages, each tried with one conformance case of every kernel that the sweep runs: those of the ops
 * of its models, and of the conversions that an INT8 program adds.
 */
export async function discoverFor(
  options: SweepOptions,
  subjects: Subjects,
  fallen: readonly MissingDevice[],
  reporter: Reporter,
): Promise<Discovery> {
  const { kernels, adapter } = options
  return discoverKernels(workspaceRoot(), {
    host: hostOf(reporter, adapter),
    ...(kernels && { wanted: kernels }),
    cases: sample(randomCases({ ops: opsOf(subjects) })).filter(within(options)),
    reporter,
    onStage: (words) => reporter.stage(words),
    fallen,
  })
}

/** The conformance cases of the ops and precisions that a sweep covers. */
export function casesFor(options: SweepOptions, subjects: Subjects): ConformanceCase[] {
  return conformanceCases({ ops: opsOf(subjects) }).filter(within(options))
}

function opsOf(subjects: Subjects): OpSpec['op'][] {
  return [...new Set([...CONVERSIONS, ...subjects.flatMap(({ ops }) => [...ops])])]
}

/** The layers of a plan may have any precision. */
function within({ precisions, plan }: SweepOptions): (one: ConformanceCase) => boolean {
  const covered = plan === undefined ? precisions : PRECISIONS
  return ({ spec }) => covered.includes(precisionOf(spec))
}

/** The state that earlier parts of a run left: packages that ended the process, and the adapters at the start. */
interface Earlier {
  readonly fallen: readonly MissingDevice[]
  readonly before: readonly DeviceInfo[]
}

/** Opens the devices, and logs the devices that are left out. */
export async function openFor(
  { kernels, adapter }: SweepOptions,
  { found, faults }: Discovery,
  { fallen, before }: Earlier,
  { reporter, witness }: Watching,
): Promise<Joined> {
  for (const { package: name, fault } of faults) reporter.log(`${name} is left out: ${fault}`)
  const chosen = chooseKernels({ found, faults }, kernels)
  const standing = chosen.filter(({ id }) => fallen.every((one) => one.kernels !== id))
  const strict = kernels !== undefined || adapter !== 'auto'
  const opened =
    standing.length === 0 && fallen.length > 0
      ? { open: [], missing: [] }
      : await openDevices(standing, hostOf(reporter, adapter), { strict, reporter, witness })
  const ids = chosen.map(({ id }) => id)
  const { devices, adapters } = joinFallen(ids, opened, fallen, before)
  for (const { kernels: name, reason, mend } of devices.missing)
    reporter.log(`${name} is left out: ${reason}. ${mend}`)
  if (devices.missing.length > 0)
    reporter.log(`running on ${devices.open.map(({ device }) => device.info.id).join(', ') || 'nothing'}`)
  return { devices, adapters }
}

/** The packages that a sweep runs on, in the order of `--kernels`. */
export function chosenOf({ kernels: wanted }: SweepOptions, { found }: Discovery): DiscoveredKernels[] {
  return wanted?.flatMap((id) => found.filter(({ kernels }) => kernels.id === id)) ?? [...found]
}
