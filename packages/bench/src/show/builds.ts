import { inert } from '@octet/core'
import type { BuildComparison, NotCompared, ProgramChange } from '../against/compare-builds.ts'

interface Source {
  readonly commit: string
  readonly dirty: boolean
}

/** The result of comparing two builds, one line per program. Programs that changed come first. */
export function buildComparisonLines({
  base,
  head,
  programs,
  notCompared,
  left,
  holds,
}: BuildComparison & { readonly base: Source; readonly head: Source }): string[] {
  const changed = programs.filter(({ verdict }) => verdict !== 'same')
  const same = programs.filter(({ verdict }) => verdict === 'same')
  const unseen = notCompared.filter(({ lost }) => !lost)
  const onlyBase = left.base.filter((one) => !left.head.includes(one))
  const onlyHead = left.head.filter((one) => !left.base.includes(one))
  return [
    `base: ${sourceInWords(base)}`,
    `head: ${sourceInWords(head)}`,
    ...notCompared.filter(({ lost }) => lost).map((one) => `FAILS ${apartInWords(one)}`),
    ...[...changed, ...same].map((one) => inert(programInWords(one))),
    ...unseen.map((one) => `not compared: ${apartInWords(one)}`),
    ...onlyBase.map((one) => `the base leaves out: ${inert(one)}`),
    ...onlyHead.map((one) => `the head leaves out: ${inert(one)}`),
    `${programs.length} programs compared, ${counted(programs)}: ` +
      (holds
        ? 'time alone fails nothing'
        : programs.length === 0
          ? 'it fails, as nothing was comparable'
          : 'it fails'),
  ]
}

function programInWords({ program, shared, ratio, ci95: [lo, hi], verdict, pairs }: ProgramChange): string {
  const others = shared === 0 ? '' : ` and ${shared} more`
  const how = verdict === 'same' ? 'no difference shown' : `the head is ${verdict}`
  return (
    `${verdict}: ${program}${others}: base over head ${ratio.toFixed(3)} [${lo.toFixed(3)}, ` +
    `${hi.toFixed(3)}], ${pairs} pairs of processes: ${how}`
  )
}

function apartInWords({ program, reason }: NotCompared): string {
  return inert(`${program}: ${reason}`)
}

function counted(programs: readonly ProgramChange[]): string {
  const count = (verdict: ProgramChange['verdict']): number =>
    programs.filter((one) => one.verdict === verdict).length
  return `${count('slower')} slower, ${count('faster')} faster, ${count('same')} the same`
}

function sourceInWords({ commit, dirty }: Source): string {
  return `commit ${commit.slice(0, 12)}${dirty ? ' with changes' : ''}`
}
