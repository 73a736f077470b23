import {
  type DeviceInfo,
  type KernelDevice,
  type KernelPackage,
  type OpSpec,
  precisionOf,
  PRECISIONS,
} from '@octet/core'
import { type CaseResult, type ConformanceCase, conformanceCases, randomCases } from '@octet/core/conformance'
import { type Harness, openHarness } from '../browser/harness.ts'
import { openInBrowser } from '../browser/open-devices.ts'
import { chooseKernels, type Devices, openDevices } from '../discover/devices.ts'
import { hostOf } from '../discover/host.ts'
import { type DiscoveredKernels, type Discovery, discoverKernels } from '../discover/kernels.ts'
import type { MissingDevice } from '../discover/missing-device.ts'
import type { Watching } from '../discover/renewable.ts'
import { packageRoots } from '../discover/roots.ts'
import { type Place, thisMachine } from '../machine/machine.ts'
import type { OpenedDevice } from '../measure/jobs.ts'
import type { Reporter } from '../show/reporter.ts'
import { joinFallen, type Joined } from './fallen.ts'
import type { SweepOptions } from './options.ts'
import type { Subject } from './subject.ts'
import { sample } from '../vet/sample.ts'

type Subjects = readonly Pick<Subject, 'ops'>[]

/** Ops that belong to no layer of a model. */
const CONVERSIONS: readonly OpSpec['op'][] = ['Normalize', 'QuantizeLinear', 'DequantizeLinear']

/**
 * Finds the kernel packages. Each is tried with one conformance case of every kernel that the sweep runs: the ops of
 * its models, and the conversions that an INT8 program adds.
 */
export async function discoverFor(
  options: SweepOptions,
  subjects: Subjects,
  fallen: readonly MissingDevice[],
  reporter: Reporter,
): Promise<Discovery> {
  const { kernels, adapter, browser } = options
  return discoverKernels(packageRoots(), {
    host: hostOf(reporter, adapter),
    ...(kernels && { wanted: kernels }),
    // Pages try the cases themselves.
    cases: browser === undefined ? trialCases(options, subjects) : [],
    reporter,
    onStage: (words) => reporter.stage(words),
    fallen,
  })
}

/** One case of each kernel. */
function trialCases(options: SweepOptions, subjects: Subjects): ConformanceCase[] {
  return sample(randomCases({ ops: opsOf(subjects) })).filter(within(options))
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

/** The record of earlier parts of a run: packages that ended the process, and the adapters at the start. */
interface Earlier {
  readonly fallen: readonly MissingDevice[]
  readonly before: readonly DeviceInfo[]
}

/** The devices of a sweep, and the machine that they belong to. */
export interface OpenedFor extends Joined<OpenedDevice> {
  readonly place: Place
  /** The results of the conformance cases that tried the packages, by the package's id. */
  readonly tried: ReadonlyMap<string, readonly CaseResult[]>
  close(): Promise<void>
}

/**
 * Opens the devices of a sweep on its host, and logs the devices that are left out.
 * @throws OctetError if the requested browser is not available.
 */
export async function openForSweep(
  options: SweepOptions,
  subjects: Subjects,
  discovery: Discovery,
  earlier: Earlier,
  watching: Watching,
): Promise<OpenedFor> {
  const { browser, adapter } = options
  if (browser === undefined) {
    const joined = await openFor(options, discovery, earlier, watching)
    const tried = new Map(
      discovery.found.flatMap(({ kernels, tried: results }) =>
        results === undefined ? [] : [[kernels.id, results] as const],
      ),
    )
    const place = thisMachine(`node ${process.versions.node}`)
    return { ...joined, place, tried, close: async () => {} }
  }
  const { reporter } = watching
  const found = chosenOf(options, discovery)
  reporter.stage('opening the browser')
  const harness = await openHarness(found, browser, (text) => reporter.warn(text))
  try {
    if (!harness.facts.isolated)
      reporter.log(`${harness.name} does not isolate the page, so its kernels have one thread`)
    const wanted = { found, adapter, cases: trialCases(options, subjects) }
    let tried: OpenedFor['tried'] = new Map()
    const joined = await joinOpened(options, discovery, earlier, reporter, async (standing) => {
      const opened = await openInBrowser(standing, harness, wanted, watching)
      tried = opened.tried
      return opened
    })
    const place = browser.cdp === undefined ? thisMachine(harness.name) : placeOf(harness)
    return { ...joined, place, tried, close: () => harness.close() }
  } catch (error) {
    await harness.close()
    throw error
  }
}

/** The machine of a browser, which may be a remote machine, as far as its pages report it. */
function placeOf({ name, facts: { cpu, cores, memoryGib = 0, os } }: Harness): Place {
  return { cpu, cores, memoryBytes: memoryGib * 2 ** 30, os, runtime: name }
}

/** Opens the devices of this process. */
export async function openFor(
  options: SweepOptions,
  discovery: Discovery,
  earlier: Earlier,
  { reporter, witness }: Watching,
): Promise<Joined<KernelDevice>> {
  const { kernels, adapter } = options
  const strict = kernels !== undefined || adapter !== 'auto'
  return joinOpened(options, discovery, earlier, reporter, (standing) =>
    openDevices(standing, hostOf(reporter, adapter), { strict, reporter, witness }),
  )
}

/** Opens the remaining packages, and joins them with the packages that are left out. */
async function joinOpened<D extends OpenedDevice>(
  { kernels }: SweepOptions,
  { found, faults }: Discovery,
  { fallen, before }: Earlier,
  reporter: Reporter,
  open: (standing: readonly KernelPackage[]) => Promise<Devices<D>>,
): Promise<Joined<D>> {
  for (const { package: name, fault } of faults) reporter.log(`${name} is left out: ${fault}`)
  const chosen = chooseKernels({ found, faults }, kernels)
  const standing = chosen.filter(({ id }) => fallen.every((one) => one.kernels !== id))
  const opened: Devices<D> =
    standing.length === 0 && fallen.length > 0 ? { open: [], missing: [] } : await open(standing)
  const ids = chosen.map(({ id }) => id)
  const { devices, adapters } = joinFallen(ids, opened, fallen, before)
  for (const { kernels: name, reason, mend } of devices.missing)
    reporter.log(`${name} is left out: ${reason}. ${mend}`)
  if (devices.missing.length > 0)
    reporter.note(`running on ${devices.open.map(({ device }) => device.info.id).join(', ') || 'nothing'}`)
  return { devices, adapters }
}

/** The packages that a sweep runs on, in the order of `--kernels`. */
export function chosenOf({ kernels: wanted }: SweepOptions, { found }: Discovery): DiscoveredKernels[] {
  return wanted?.flatMap((id) => found.filter(({ kernels }) => kernels.id === id)) ?? [...found]
}
