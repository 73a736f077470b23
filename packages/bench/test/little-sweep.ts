import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openReference, type KernelDevice } from '@octet/core'
import { type Cell, type Run, SCHEMA } from '@octet/results'
import { expect } from 'vitest'
import type { Devices } from '../src/discover/devices.ts'
import type { Meter } from '../src/energy/meter.ts'
import { Metering } from '../src/energy/metering.ts'
import { RenewableDevice } from '../src/discover/renewable.ts'
import type { OpenedDevice } from '../src/measure/jobs.ts'
import { describeMachine } from '../src/machine/machine.ts'
import { type Reporter, SILENT } from '../src/show/reporter.ts'
import { readJournal } from '../src/store/journal.ts'
import { openRun, type StartEntry } from '../src/store/open-run.ts'
import { assembleRun, JOURNAL, readRun, writeRun } from '../src/store/run-folder.ts'
import type { SweepOptions } from '../src/sweep/options.ts'
import { openSubjects } from '../src/sweep/subject.ts'
import { sweep } from '../src/sweep/sweep.ts'
import { temporaryFolder, writeWorkload } from './folder.ts'

/**
 * Sweeps the little workload on devices made from the reference, beside a package that has none, and returns the
 * cells.
 */
export async function cellsOn(
  devices: Record<string, Partial<KernelDevice>>,
  change: Partial<SweepOptions> = {},
  reporter: Reporter = SILENT,
): Promise<readonly Cell[]> {
  const open = Object.entries(devices).map(([kernels, parts]) => {
    const fresh = (): KernelDevice => deviceWith(kernels, parts)
    return new RenewableDevice(kernels, fresh(), async () => fresh())
  })
  const missing = [{ kernels: 'absent', reason: 'no adapter', mend: 'install a driver' }]
  return cellsOf(open, change, missing, reporter)
}

/** Sweeps the little workload on devices that are open, and returns the cells. */
export async function cellsOf(
  open: readonly RenewableDevice<OpenedDevice>[],
  change: Partial<SweepOptions> = {},
  missing: Devices['missing'] = [],
  reporter: Reporter = SILENT,
): Promise<readonly Cell[]> {
  return (await runOf(open, change, missing, reporter)).cells
}

/** Sweeps the little workload on devices that are open, and returns the run as it is read from what was written. */
export async function runOf(
  open: readonly RenewableDevice<OpenedDevice>[],
  change: Partial<SweepOptions> = {},
  missing: Devices['missing'] = [],
  reporter: Reporter = SILENT,
  meters: readonly Meter[] = [],
): Promise<Run> {
  const folder = join(temporaryFolder(), 'points')
  mkdirSync(folder)
  const options: SweepOptions = {
    workloads: [{ source: writeWorkload(folder) }],
    methods: ['ptq'],
    qat: { steps: 10, scales: 'observed' },
    precisions: ['fp32', 'int8'],
    calibrations: ['minmax'],
    weightBits: [8],
    wholeProduct: true,
    transforms: ['none'],
    granularities: ['per-channel'],
    schemes: ['affine'],
    kernels: open.map(({ kernels }) => kernels),
    adapter: 'auto',
    samples: 30,
    seed: 1,
    quick: true,
    tuneMs: 0,
    ...change,
  }
  const start: StartEntry = {
    kind: 'run',
    schema: SCHEMA,
    run: {
      id: 'little',
      startedAt: new Date().toISOString(),
      commit: 'none',
      dirty: false,
      command: 'octet bench',
      seed: options.seed,
    },
    machine: describeMachine(open.map(({ device }) => device.info)),
    options,
  }
  const run = openRun({ folder, close: () => undefined }, [], start)
  const { record } = run
  await sweep(await openSubjects(options, reporter), {
    options,
    devices: { open, missing },
    recorded: [],
    record,
    metering: new Metering(meters),
    reporter,
    folder,
    training: { id: 'core' },
  })
  expect(readJournal(join(folder, JOURNAL))).toHaveLength(run.entries.length)
  return readRun(writeRun(folder, assembleRun(run.entries, new Date())))
}

/** The reference under another name, with some calls replaced. */
export function deviceWith(id: string, parts: Partial<KernelDevice>): KernelDevice {
  const reference = openReference()
  const info = { ...reference.info, id }
  return new Proxy(reference, {
    get: (target, name: keyof KernelDevice) => {
      const value = name === 'info' ? info : (parts[name] ?? target[name])
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

export function on(cells: readonly Cell[], kernels: string): Cell[] {
  return cells.filter((cell) => cell.kernels === kernels)
}
