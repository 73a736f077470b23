import type { SweepContext } from './context.ts'
import type { Configuration } from '@octet/results'
import type { Devices } from '../discover/devices.ts'
import { keyAt, skippedCell } from './cell.ts'
import { configurations } from './configurations.ts'
import { SubjectSweep } from './measure.ts'
import type { Subject } from './subject.ts'

/** What is still to be measured of one workload. */
interface Part {
  readonly subject: Subject
  readonly configurations: readonly Configuration[]
}

/**
 * Measures every planned cell that is not recorded yet, workload by workload. A cell that fails does not throw: it is
 * recorded with its reason.
 * @throws OctetError when a workload's data cannot be used, or the journal not be written.
 */
export async function sweep(subjects: readonly Subject[], context: SweepContext): Promise<void> {
  const { devices, record, progress } = context
  const parts = plan(subjects, context)
  progress.begin(parts.reduce((sum, part) => sum + part.configurations.length * cost(part.subject), 0))
  for (const { subject, configurations } of parts) {
    skipMissing(subject, configurations, devices, record)
    await new SubjectSweep(subject, context).run(configurations, () => progress.advance(cost(subject)))
  }
  progress.end()
}

/** This shard's configurations of each workload, those left out whose cells are all recorded. */
function plan(subjects: readonly Subject[], { options, devices, recorded }: SweepContext): Part[] {
  const finished = new Set(recorded.flatMap((entry) => (entry.kind === 'cell' ? entry.cell.key : [])))
  const all = configurations(options)
  const [mine, of] = options.shard ?? [1, 1]
  return subjects.flatMap((subject, i) => {
    const open = all
      .filter((_, j) => (i * all.length + j) % of === mine - 1)
      .filter((configuration) =>
        devices.open.some(
          ({ kernels, device }) =>
            !finished.has(
              keyAt({ workload: subject.info.id, configuration, kernels, adapter: device.info.id }),
            ),
        ),
      )
    return open.length === 0 ? [] : { subject, configurations: open }
  })
}

/** Records the cells of packages that have no device here. */
function skipMissing(
  { info }: Subject,
  configurations: readonly Configuration[],
  { missing }: Devices,
  record: SweepContext['record'],
): void {
  for (const { kernels, reason, mend } of missing)
    for (const configuration of configurations) {
      const place = { workload: info.id, configuration, kernels, adapter: 'none' }
      record({ kind: 'cell', cell: skippedCell(place, `${reason}. ${mend}`) })
    }
}

/** Relative cost of one configuration: its inferences, and a share for what does not grow with the model. */
function cost({ macs, evaluation }: Subject): number {
  return (macs + 50_000) * evaluation.samples
}
