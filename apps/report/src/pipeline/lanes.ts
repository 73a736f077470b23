import { PRECISIONS } from '@octet/core'
import { type Cell, formatName, precisionName, type Profile, type Run, STAGES } from '@octet/results'
import { deviceOf } from '../format/configuration.ts'
import { duration, fixed, MINUS } from '../format/number.ts'
import { capitalized } from '../format/task.ts'

export type StageField = keyof typeof STAGES

/** A part of an inference: its words, and what kind of work it is. */
export interface Stage {
  readonly field: StageField
  readonly name: string
  readonly kind: 'host' | 'transfer' | 'convert' | 'compute'
}

const KINDS: Readonly<Record<StageField, Stage['kind']>> = {
  decodeNs: 'host',
  uploadNs: 'transfer',
  normalizeNs: 'convert',
  quantizeNs: 'convert',
  computeNs: 'compute',
  dequantizeNs: 'convert',
  submitNs: 'host',
  readbackNs: 'transfer',
  answerNs: 'host',
  restNs: 'host',
}

/** All stages in the order in which a sample passes them. */
export const STAGE_LIST: readonly Stage[] = Object.entries(STAGES).map(([field, name]) => ({
  field: field as StageField,
  name,
  kind: KINDS[field as StageField],
}))

/** Where the time of one program goes, and a cell that runs it. */
export interface Lane {
  readonly profile: Profile
  readonly cell: Cell | undefined
}

/** The programs that were looked into on one device: FP32 first, then by precision, the quickest of each first. */
export function lanesOf({ profiles = [], cells }: Run, workload: string, device: string): Lane[] {
  const order: readonly string[] = [...PRECISIONS, 'mixed']
  return profiles
    .filter((one) => one.workload === workload && deviceOf(one) === device)
    .toSorted(
      (a, b) =>
        order.indexOf(a.precision) - order.indexOf(b.precision) || a.hostToHost.median - b.hostToHost.median,
    )
    .map((profile) => ({
      profile,
      cell: cells.find(
        ({ workload: id, kernels, adapter, latency }) =>
          id === workload &&
          kernels === profile.kernels &&
          adapter === profile.adapter &&
          latency?.shared.program === profile.program,
      ),
    }))
}

/** What tells the program of a lane from others: its precision, and the storage of its weights or its layers. */
export function laneName({ profile: { precision }, cell }: Lane): string {
  if (cell?.method === 'plan') return capitalized(formatName(cell))
  const name = capitalized(precisionName(precision))
  if (cell === undefined || cell.weights.granularity === 'none') return name
  return `${name}, ${cell.weights.bits}-bit ${cell.weights.granularity} weights`
}

/**
 * Time that a lane is as wide as, in ns: of all stages that are drawn. Where these add up to more than the time from
 * sensor to answer, the rest is negative, and is in words alone.
 */
export function lengthOf({ profile: { stages } }: Lane): number {
  return STAGE_LIST.reduce((sum, { field }) => sum + Math.max(0, stages[field]), 0)
}

/** A stage in words: its time, and its share of the time from sensor to answer. Undefined where it took none. */
export function stageInWords(
  { profile: { stages, hostToHost } }: Lane,
  field: StageField,
): { readonly time: string; readonly share: string } | undefined {
  const ns = stages[field]
  return ns === 0 ? undefined : { time: timeInWords(ns), share: shareInWords(ns / hostToHost.median) }
}

/** A time, or with a minus sign what parts of a whole take more than it. */
export function timeInWords(ns: number): string {
  return ns < 0 ? `${MINUS}${duration(-ns)}` : duration(ns)
}

export function shareInWords(part: number): string {
  return `${fixed(100 * part, 0)}%`
}
