import { median, medianInterval } from '@octet/core/statistics'
import { type ModelRace, type ModelTime } from '@octet/results'
import { lines } from './lines.ts'
import { nanoseconds, significant, times } from './number.ts'
import { type Column, render } from './rows.ts'

const COLUMNS: readonly Column<ModelTime>[] = [
  ['by', 'left', ({ by }) => by],
  ['precision', 'left', ({ precision }) => precision],
  ['dispatches', 'right', ({ dispatches }) => (dispatches === undefined ? '' : String(dispatches))],
  ['end to end [95%]', 'right', ({ samples }) => withInterval(samples)],
  ['of it overhead', 'right', ({ overhead }) => nanoseconds(median(overhead))],
  ['the rest', 'right', (time) => nanoseconds(median(rest(time)))],
  ['speed vs own FP32 [95%]', 'right', ({ vsFp32 }) => (vsFp32 ? times(vsFp32) : '')],
  [
    'time over ours [95%]',
    'left',
    ({ ours = [] }) => ours.map(({ precision, ratio }) => `${times(ratio)} ${precision}`).join(', '),
  ],
]

/** Races of whole models, with a table for each model and device. */
export function modelsInWords(models: readonly ModelRace[], failed: readonly string[]): string {
  const tables = models.map(({ workload, package: name, adapter, macs, times: all, absent }) =>
    [
      lines([
        `${workload} on ${name}/${adapter}, batch 1, ${significant(macs / 1e6)} million MACs, wall clock`,
      ]),
      render(COLUMNS, all),
      lines([
        ...all.flatMap(({ by, note }) => (note === undefined ? [] : [`${by}: ${note}`])),
        ...absent.map(({ by, precision, reason }) => `not timed: ${by} ${precision}. ${reason}`),
      ]),
    ]
      .filter((part) => part !== '')
      .join('\n'),
  )
  return [
    ...tables,
    ...failed.map((one) => lines([`FAILED ${one}`])),
    'overhead: upload, one elementwise op and readback in the place of the model, in the same rounds',
  ].join('\n\n')
}

/** The time of a model minus the overhead, by round. */
function rest({ samples, overhead }: ModelTime): number[] {
  return samples.map((ns, round) => Math.max(0, ns - overhead[round]))
}

function withInterval(samples: readonly number[]): string {
  const [lo, hi] = medianInterval(samples)
  return `${nanoseconds(median(samples))} [${nanoseconds(lo)}, ${nanoseconds(hi)}]`
}
