import type { Run } from '../../run/run.ts'

/** A doubt about a pick's figures: nothing states how the workload's readings are normalized. */
export function doubtInWords({ findings = [] }: Run, workload: string): string[] {
  const doubted = findings.some(
    (one) => one.workload === workload && one.id === 'normalization-not-stated' && one.severity !== 'note',
  )
  return doubted ? ['but nothing says how its readings are normalized: say it first, as by --normalize'] : []
}
