import { inert, kernelPrecisionOf } from '@octet/core'
import type { DevicePeak, KernelResult, NotTimed, Peer } from '@octet/results'
import type { Conformity } from '../kernels/conform.ts'
import type { DeviceTuned } from '../kernels/device-survey.ts'
import type { Survey } from '../kernels/survey.ts'
import { lines } from './lines.ts'
import { nanoseconds, significant, times } from './number.ts'
import { type Column, render } from './rows.ts'

const COLUMNS: readonly Column<KernelResult>[] = [
  ['op', 'left', ({ op }) => op],
  ['shape', 'left', ({ shape }) => shape],
  ['precision', 'left', kernelPrecisionOf],
  ['variant', 'left', ({ variant, picked }) => (picked === false ? `  ${variant}` : variant)],
  ['GOP/s', 'right', ({ gops }) => (gops > 0 ? significant(gops) : '')],
  ['GB/s', 'right', ({ gbps }) => significant(gbps)],
  ['of peak', 'right', ({ ofPeak }) => (ofPeak ? `${Math.round(100 * ofPeak.share)}% ${ofPeak.unit}` : '')],
  ['first dispatch', 'right', ({ firstDispatchNs }) => (firstDispatchNs ? nanoseconds(firstDispatchNs) : '')],
  ['speed vs FP32 [95%]', 'right', ({ vsFp32 }) => (vsFp32 ? times(vsFp32) : '')],
]

/** The result of a survey, one table for each device. */
export function surveyInWords(survey: Survey): string {
  const { conformance, tuned, peaks, kernels, notTimed } = survey
  return [
    ...conformance.map(conformityInWords),
    ...byDevice(tuned).map(([name, all]) => tuningInWords(name, all)),
    ...byDevice(peaks).map(([name, all]) => `${name}: peak ${all.map(peakInWords).join(', ')}`),
    ...byDevice(kernels).map(([name, rows]) => `${name}\n${render(COLUMNS, rows)}`),
    ...byDevice(kernels.filter(({ peers }) => peers.length > 0)).map(([name, rows]) => peerTable(name, rows)),
    ...reasons(notTimed),
  ].join('\n')
}

function conformityInWords({ package: name, adapter, passed, unsupported, failed }: Conformity): string {
  const faults = failed.map(
    (one) => `  FAILED ${one.case}${one.variant ? ` by ${one.variant}` : ''}: ${one.detail}`,
  )
  const summary = `conformance ${passed} passed, ${failed.length} failed, ${unsupported} not supported`
  return lines([`${name}/${adapter}: ${summary}`, ...faults])
}

function peakInWords({ unit, rate }: DevicePeak): string {
  return `${unit} ${significant(rate)} ${unit === 'copy' ? 'GB/s' : 'GOP/s'}`
}

function tuningInWords(name: string, all: readonly DeviceTuned[]): string {
  const count = (source: DeviceTuned['source']): number => all.filter((one) => one.source === source).length
  const rejected = all.flatMap(({ shape, rejected: given }) =>
    given.map(({ variant, reason }) => `  given up: ${variant} for ${shape}: ${reason}`),
  )
  const summary =
    `${name}: tuned ${count('measured')}, known before ${count('known')}, left at the default ` +
    `${count('default')}, declined as no variant is right ${count('declined')}`
  return lines([summary, ...rejected])
}

/** The peers' time over ours, with a column for each peer and format. */
function peerTable(name: string, compared: readonly KernelResult[]): string {
  const called = (peer: Peer): string => `${peer.name} ${peer.precision}`
  const titles = [...new Set(compared.flatMap(({ peers }) => peers.map(called)))]
  const columns: Column<KernelResult>[] = [
    ['shape', 'left', ({ shape }) => shape],
    ['ours', 'left', kernelPrecisionOf],
    ...titles.map((title, index): Column<KernelResult> => [
      `(${index + 1})`,
      'right',
      ({ peers }) => {
        const peer = peers.find((one) => called(one) === title)
        return peer ? times(peer) : ''
      },
    ]),
    ['drift', 'right', ({ drift }) => (drift === undefined ? '' : drift.toFixed(2))],
  ]
  const where = new Map(
    compared.flatMap(({ peers }) => peers.map((peer) => [called(peer), peer.note] as const)),
  )
  return [
    `${name}: how many times as long the peers take [95%]; below 1 the peer is faster. Wall clock, ` +
      'batched, same rounds',
    render(columns, compared),
    ...titles.map((title, index) => inert(`(${index + 1}) ${title}: ${where.get(title) ?? ''}`)),
  ].join('\n')
}

/** Missing kernels, grouped by reason. */
function reasons(notTimed: readonly NotTimed[]): string[] {
  const grouped = new Map<string, Set<string>>()
  for (const { package: name, op, shape, variant, peer, reason, ...rest } of notTimed) {
    const who = peer === undefined ? name : `${peer.name} ${peer.precision}`
    const what =
      peer === undefined ? `${op} ${kernelPrecisionOf(rest)}${variant ? ` by ${variant}` : ''}` : shape
    const key = `${who}: ${reason}`
    grouped.set(key, (grouped.get(key) ?? new Set()).add(what))
  }
  return [...grouped].map(([reason, what]) => inert(`not timed: ${[...what].join(', ')}. ${reason}`))
}

function byDevice<T extends { readonly package: string; readonly adapter: string }>(
  items: readonly T[],
): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = inert(`${item.package}/${item.adapter}`)
    groups.set(name, [...(groups.get(name) ?? []), item])
  }
  return [...groups]
}
