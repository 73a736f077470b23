import type { SweepContext } from './context.ts'
import { type Configuration, configurationName } from '@octet/results'
import type { Devices } from '../discover/devices.ts'
import { isTrained } from '../qat/trainings.ts'
import type { Reporter } from '../show/reporter.ts'
import { keyAt, measuredCell, skippedCell } from './cell.ts'
import { configurations } from './configurations.ts'
import { withDelivered } from './delivered.ts'
import { SubjectSweep } from './measure.ts'
import { RecordedCells } from './recorded-cells.ts'
import type { Subject } from './subject.ts'

/** The configurations of one workload to measure. */
interface Part {
  readonly subject: Subject
  readonly configurations: readonly Configuration[]
}

/**
 * Measures every planned cell that is not yet recorded, workload by workload. A cell that fails does not throw: it is
 * recorded with its reason.
 * @throws OctetError if a workload's data cannot be used, or if the journal cannot be written.
 */
export async function sweep(subjects: readonly Subject[], context: SweepContext): Promise<void> {
  const { devices, record, reporter } = context
  const shares = share(subjects, context)
  failFallen(shares, context)
  const parts = plan(shares, context)
  reporter.begin(parts.reduce((sum, part) => sum + part.configurations.length * cost(part.subject), 0))
  for (const { subject, configurations } of parts) {
    skipMissing(subject, configurations, devices, record)
    await new SubjectSweep(subject, context).run(configurations, () => reporter.advance(cost(subject)))
  }
  reporter.end()
}

/** The remaining work of each workload: the configurations with a cell that is not yet recorded. */
function plan(shares: readonly Part[], { devices, recorded }: SweepContext): Part[] {
  const finished = new Set(recorded.flatMap((entry) => (entry.kind === 'cell' ? entry.cell.key : [])))
  return shares.flatMap(({ subject, configurations: mine }) => {
    const open = mine.filter((configuration) =>
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

/**
 * The configurations of a workload that has trained models and no training samples. Of the requested QAT
 * configurations, only those with a trained model stay. The reporter names the others.
 */
function withoutUntrained(
  { info, workload }: Subject,
  all: readonly Configuration[],
  reporter: Reporter,
): readonly Configuration[] {
  const { trained, training } = workload
  if (trained === undefined || training !== undefined) return all
  const qat = all.filter(({ method }) => method === 'qat')
  const untrained = qat.filter((one) => !isTrained(trained, one))
  if (untrained.length === 0 || untrained.length === qat.length) return all
  reporter.log(
    `${info.id} brings ${qat.length - untrained.length} trained models and no training samples: ` +
      `${untrained.length} other QAT configurations are left out (${untrained.map(configurationName).join('; ')})`,
  )
  return all.filter((one) => !untrained.includes(one))
}

/** This shard's configurations of each workload. */
function share(subjects: readonly Subject[], { options, reporter }: SweepContext): Part[] {
  const all: readonly Configuration[] = configurations(options)
  const [mine, of] = options.shard ?? [1, 1]
  return subjects.map((subject, i) => {
    const wanted = withDelivered(subject, withoutUntrained(subject, all, reporter), reporter)
    const known = [...all, ...wanted.filter((one) => !all.includes(one))]
    return {
      subject,
      configurations: known.filter(
        (one, j) => (i * all.length + j) % of === mine - 1 && wanted.includes(one),
      ),
    }
  })
}

/** Fails every cell of a package that ended an earlier part of this run. Cells with figures keep them. */
function failFallen(shares: readonly Part[], { devices, recorded, record }: SweepContext): void {
  const cells = new RecordedCells(recorded, record)
  for (const { kernels, adapter, reason } of devices.missing) {
    if (adapter === undefined) continue
    cells.fail((cell) => cell.kernels === kernels && cell.adapter === adapter, reason)
    for (const { subject, configurations: mine } of shares) {
      record({ kind: 'workload', workload: subject.info })
      for (const configuration of mine) {
        const place = { workload: subject.info.id, configuration, kernels, adapter }
        if (!cells.has(keyAt(place))) cells.add(measuredCell(place, { fault: reason }))
      }
    }
  }
}

/** Records the cells of packages that have, and had, no device on this machine. */
function skipMissing(
  { info }: Subject,
  configurations: readonly Configuration[],
  { missing }: Pick<Devices, 'missing'>,
  record: SweepContext['record'],
): void {
  for (const { kernels, reason, mend } of missing.filter(({ adapter }) => adapter === undefined))
    for (const configuration of configurations) {
      const place = { workload: info.id, configuration, kernels, adapter: 'none' }
      record({ kind: 'cell', cell: skippedCell(place, `${reason}. ${mend}`) })
    }
}

/** The relative cost of one configuration: its inferences, and a share that does not grow with the model. */
function cost({ macs, evaluation }: Subject): number {
  return (macs + 50_000) * evaluation.samples
}
