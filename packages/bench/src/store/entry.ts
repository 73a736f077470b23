import { OctetError } from '@octet/core'
import {
  type Cell,
  CellSchema,
  type Finding,
  FindingSchema,
  type KernelResult,
  KernelResultSchema,
  type Latency,
  LatencySchema,
  type Layer,
  LayerSchema,
  type Machine,
  MachineSchema,
  type Memory,
  MemorySchema,
  parse,
  type RunInfo,
  RunStartSchema,
  SCHEMA,
  type Training,
  TrainingSchema,
  type WorkloadInfo,
  WorkloadInfoSchema,
} from '@octet/results'
import * as v from 'valibot'
import { type SweepOptions, SweepOptionsSchema } from '../sweep/options.ts'

/** What a run is before it is finished. */
export type RunStart = Omit<RunInfo, 'finishedAt'>

/** One program timed on one device, for the cells that share it. */
export interface TimedProgram {
  readonly workload: string
  readonly kernels: string
  readonly adapter: string
  readonly program: string
  readonly latency: Latency
  readonly memory: Memory
  readonly fallbackOps: readonly string[]
  /** By step that the device has several kernels for: the one that was timed. */
  readonly variants: Readonly<Record<string, string>>
  /** Why the latency must not be relied on, where its spread is past the limit. */
  readonly unstable?: string
}

/** A package that the process did not come out of: whoever goes on leaves it out. */
export interface PackageFall {
  readonly kernels: string
  readonly what: string
}

/** One line of a journal. The first is the run's start; the others come in the order they were measured. */
export type Entry =
  | {
      readonly kind: 'run'
      /** That of the results file the journal adds up to. */
      readonly schema: typeof SCHEMA
      readonly run: RunStart
      readonly machine: Machine
      readonly options: SweepOptions
      /** By workload. Absent from runs of before they were kept. */
      readonly dataHashes?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'workload'; readonly workload: WorkloadInfo }
  | { readonly kind: 'layers'; readonly workload: string; readonly layers: readonly Layer[] }
  | { readonly kind: 'findings'; readonly workload: string; readonly findings: readonly Finding[] }
  | { readonly kind: 'training'; readonly training: Training }
  | { readonly kind: 'timing'; readonly timing: TimedProgram }
  | { readonly kind: 'cell'; readonly cell: Cell }
  | { readonly kind: 'kernel'; readonly kernel: KernelResult }
  | { readonly kind: 'fall'; readonly fall: PackageFall }

const text = v.pipe(v.string(), v.nonEmpty())

export const TimedProgramSchema: v.GenericSchema<TimedProgram> = v.object({
  workload: text,
  kernels: text,
  adapter: text,
  program: text,
  latency: LatencySchema,
  memory: MemorySchema,
  fallbackOps: v.array(text),
  variants: v.record(text, text),
  unstable: v.exactOptional(text),
})

const EntrySchema: v.GenericSchema<Entry> = v.variant('kind', [
  v.object({
    kind: v.literal('run'),
    schema: v.literal(SCHEMA),
    run: RunStartSchema,
    machine: MachineSchema,
    options: SweepOptionsSchema,
    dataHashes: v.exactOptional(v.record(text, text)),
  }),
  v.object({ kind: v.literal('workload'), workload: WorkloadInfoSchema }),
  v.object({ kind: v.literal('layers'), workload: text, layers: v.array(LayerSchema) }),
  v.object({ kind: v.literal('findings'), workload: text, findings: v.array(FindingSchema) }),
  v.object({ kind: v.literal('timing'), timing: TimedProgramSchema }),
  v.object({ kind: v.literal('training'), training: TrainingSchema }),
  v.object({ kind: v.literal('cell'), cell: CellSchema }),
  v.object({ kind: v.literal('kernel'), kernel: KernelResultSchema }),
  v.object({
    kind: v.literal('fall'),
    fall: v.object({ kernels: text, what: text }),
  }),
])

/**
 * An entry as one journal line.
 * @throws OctetError for one that would not be read again.
 */
export function formatEntry(entry: Entry): string {
  return JSON.stringify(parse(EntrySchema, entry, `what is to be recorded (${entry.kind})`))
}

/**
 * One journal line, read.
 * @throws OctetError naming the line when it is not an entry.
 */
export function parseEntry(line: string, where: string): Entry {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw new OctetError(
      `${where} is not JSON`,
      'the journal was edited or damaged: remove that line, or start a new run',
    )
  }
  refuseOtherSchema(json, where)
  return parse(EntrySchema, json, where)
}

/** A journal goes on only where every entry has the form that this octet writes. */
function refuseOtherSchema(json: unknown, where: string): void {
  if (typeof json !== 'object' || json === null || !('kind' in json) || json.kind !== 'run') return
  const schema = 'schema' in json ? json.schema : 1
  if (schema !== SCHEMA)
    throw new OctetError(
      `${where}: the run was begun in schema ${JSON.stringify(schema)}, and this octet writes schema ${SCHEMA}`,
      'finish it with the octet that began it, or start a new run',
    )
}
