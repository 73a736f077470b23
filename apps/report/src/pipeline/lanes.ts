import { PRECISIONS } from '@octet/core'
import { type Cell, formatName, precisionName, type Profile, type Run, STAGES } from '@octet/results'
import { deviceOf } from '../format/configuration.ts'
import { duration, fixed, MINUS } from '../format/number.ts'
import { capitalized } from '../format/task.ts'

export type StageField = keyof typeof STAGES

/** A part of an inference: its name and its kind of work. */
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

/** The parts of one program's time, and a cell that runs the program. */
export interface Lane {
  readonly profile: Profile
  readonly cell: Cell | undefined
}

/** The profiled programs of one device: FP32 first, then the others by precision, with the fastest of each first. */
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

/** The name that distinguishes a lane's program: its precision, and the storage of its weights or its layers. */
export function laneName({ profile: { precision }, cell }: Lane): string {
  if (cell?.method === 'plan') return capitalized(formatName(cell))
  const name = capitalized(precisionName(precision))
  if (cell === undefined || cell.weights.granularity === 'none') return name
  return `${name}, ${cell.weights.bits}-bit ${cell.weights.granularity} weights`
}

/**
 * The time that a lane's width stands for, in ns: the sum of all drawn stages. If the sum exceeds the time from sensor
 * to answer, the rest is negative and appears only as text.
 */
export function lengthOf({ profile: { stages } }: Lane): number {
  return STAGE_LIST.reduce((sum, { field }) => sum + Math.max(0, stages[field]), 0)
}

/** A stage as text: its time, and its share of the time from sensor to answer. Undefined if it took no time. */
export function stageInWords(
  { profile: { stages, hostToHost } }: Lane,
  field: StageField,
): { readonly time: string; readonly share: string } | undefined {
  const ns = stages[field]
  return ns === 0 ? undefined : { time: timeInWords(ns), share: shareInWords(ns / hostToHost.median) }
}

/** A time. It has a minus sign if the parts of a whole take more time than the whole. */
export function timeInWords(ns: number): string {
  return ns < 0 ? `${MINUS}${duration(-ns)}` : duration(ns)
}

export function shareInWords(part: number): string {
  return `${fixed(100 * part, 0)}%`
}
