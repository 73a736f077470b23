import { PRECISIONS } from '@octet/core'
import { type Cell, type Profile, type Run, STAGES } from '@octet/results'

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

export function deviceOfProfile({ kernels, adapter }: Profile): string {
  return `${kernels}/${adapter}`
}

/** The programs that were looked into on one device: FP32 first, then by precision, the quickest of each first. */
export function lanesOf({ profiles = [], cells }: Run, workload: string, device: string): Lane[] {
  const order: readonly string[] = [...PRECISIONS, 'mixed']
  return profiles
    .filter((one) => one.workload === workload && deviceOfProfile(one) === device)
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

/** What tells the program of a lane from others: its precision, and the storage of its weights. */
export function laneName({ profile: { precision }, cell }: Lane): string {
  const name = precision === 'mixed' ? 'Mixed precision' : precision.toUpperCase()
  if (cell === undefined || cell.weights.granularity === 'none') return name
  return `${name}, ${cell.weights.bits}-bit ${cell.weights.granularity} weights`
}
