import type { Run } from '../../run/run.ts'

/** What a pick's figures rest on that nobody said: a workload whose readings may be normalized wrongly. */
export function doubtInWords({ findings = [] }: Run, workload: string): string[] {
  const doubted = findings.some(
    (one) => one.workload === workload && one.id === 'normalization-not-stated' && one.severity !== 'note',
  )
  return doubted ? ['but nothing says how its readings are normalized: say it first, as by --normalize'] : []
}
