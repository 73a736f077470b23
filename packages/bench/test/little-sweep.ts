import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openReference, type KernelDevice } from '@octet/core'
import type { Cell } from '@octet/results'
import type { Devices } from '../src/discover/devices.ts'
import { RenewableDevice } from '../src/discover/renewable.ts'
import { Progress } from '../src/show/progress.ts'
import type { Entry } from '../src/store/entry.ts'
import type { SweepOptions } from '../src/sweep/options.ts'
import { openSubjects } from '../src/sweep/subject.ts'
import { sweep } from '../src/sweep/sweep.ts'
import { temporaryFolder, writeWorkload } from './folder.ts'

const SILENT = new Progress({ isTTY: false, columns: 80, write: () => true })

/** Sweeps the little workload on devices made from the reference, beside a package that has none, and returns the cells. */
export async function cellsOn(
  devices: Record<string, Partial<KernelDevice>>,
  change: Partial<SweepOptions> = {},
): Promise<Cell[]> {
  const open = Object.entries(devices).map(([kernels, parts]) => {
    const fresh = (): KernelDevice => deviceWith(kernels, parts)
    return new RenewableDevice(kernels, fresh(), async () => fresh())
  })
  const missing = [{ kernels: 'absent', reason: 'no adapter', mend: 'install a driver' }]
  return cellsOf(open, change, missing)
}

/** Sweeps the little workload on devices that are open, and returns the cells. */
export async function cellsOf(
  open: readonly RenewableDevice[],
  change: Partial<SweepOptions> = {},
  missing: Devices['missing'] = [],
): Promise<Cell[]> {
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
  const entries: Entry[] = []
  await sweep(await openSubjects(options, SILENT), {
    options,
    devices: { open, missing },
    recorded: [],
    record: (entry) => entries.push(entry),
    progress: SILENT,
    folder,
    products: 'core',
  })
  const cells = entries.flatMap((entry) => (entry.kind === 'cell' ? entry.cell : []))
  // One that comes again stands for the earlier one.
  return [...new Map(cells.map((cell) => [cell.key, cell])).values()]
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
