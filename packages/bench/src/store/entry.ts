import { OctetError } from '@octet/core'
import {
  CellSchema,
  type Described,
  FindingSchema,
  KernelResultSchema,
  LatencySchema,
  LayerSchema,
  MeasuredEnergySchema,
  MachineSchema,
  MemorySchema,
  NetworkSchema,
  parse,
  ProfileSchema,
  RunStartSchema,
  SCHEMA,
  SufficiencySchema,
  TrainingSchema,
  WorkloadInfoSchema,
} from '@octet/results'
import * as v from 'valibot'
import { SweepOptionsSchema } from '../sweep/options.ts'

const text = v.pipe(v.string(), v.nonEmpty())

/** One program that was timed on one device, for the cells that share it. */
export const TimedProgramSchema = v.object({
  workload: text,
  kernels: text,
  adapter: text,
  program: text,
  latency: LatencySchema,
  memory: MemorySchema,
  fallbackOps: v.array(text),
  /** The timed kernel of each step for which the device has several kernels. */
  variants: v.record(text, text),
  /** The parts of its time, if the program was profiled. */
  profile: v.exactOptional(ProfileSchema),
  /** Present if a meter measured it. */
  energy: v.exactOptional(MeasuredEnergySchema),
  /** The reason why the latency is not reliable, if its spread exceeds the limit. */
  unstable: v.exactOptional(text),
})
export type TimedProgram = Described<typeof TimedProgramSchema>

/** A package that ended its process. A resumed run leaves it out. */
const PackageFallSchema = v.object({ kernels: text, what: text })

/** One line of a journal. The first line is the run's start. The others follow in the order of measurement. */
const EntrySchema = v.variant('kind', [
  v.object({
    kind: v.literal('run'),
    /** The schema version of the results file that the journal adds up to. */
    schema: v.literal(SCHEMA),
    run: RunStartSchema,
    machine: MachineSchema,
    options: SweepOptionsSchema,
    /** By workload. Absent in runs from before entries recorded them. */
    dataHashes: v.exactOptional(v.record(text, text)),
  }),
  v.object({ kind: v.literal('workload'), workload: WorkloadInfoSchema }),
  v.object({
    kind: v.literal('layers'),
    workload: text,
    layers: v.array(LayerSchema),
    network: v.exactOptional(NetworkSchema),
  }),
  v.object({ kind: v.literal('findings'), workload: text, findings: v.array(FindingSchema) }),
  v.object({ kind: v.literal('sufficiency'), sufficiency: SufficiencySchema }),
  v.object({ kind: v.literal('timing'), timing: TimedProgramSchema }),
  v.object({ kind: v.literal('training'), training: TrainingSchema }),
  v.object({ kind: v.literal('cell'), cell: CellSchema }),
  v.object({ kind: v.literal('kernel'), kernel: KernelResultSchema }),
  v.object({ kind: v.literal('fall'), fall: PackageFallSchema }),
])
export type Entry = Described<typeof EntrySchema>

/**
 * An entry as one journal line.
 * @throws OctetError if the line could not be read again.
 */
export function formatEntry(entry: Entry): string {
  return JSON.stringify(parse(EntrySchema, entry, `what is to be recorded (${entry.kind})`))
}

/**
 * Parses one journal line.
 * @throws OctetError with the line's place, if it is not an entry.
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

/** A journal can only be continued if every entry has the form that this version of Octet writes. */
function refuseOtherSchema(json: unknown, where: string): void {
  if (typeof json !== 'object' || json === null || !('kind' in json) || json.kind !== 'run') return
  const schema = 'schema' in json ? json.schema : 1
  if (schema !== SCHEMA)
    throw new OctetError(
      `${where}: the run has schema ${JSON.stringify(schema)}, and this octet writes schema ${SCHEMA}`,
      'finish it with the octet that began it, or start a new run',
    )
}
