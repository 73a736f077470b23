import { type Decision, OctetError, TASK_IDS } from '@octet/core'
import * as v from 'valibot'
import { CellSchema } from './cell.ts'
import { count, type Described, finite, instant, record, schemaOf, text, words } from './field.ts'
import { FindingSchema } from './finding.ts'
import { DevicePeakSchema, KernelResultSchema, NotTimedSchema } from './kernel.ts'
import { LayerSchema } from './layer.ts'
import { MachineSchema } from './machine.ts'
import { fromEarlierTraining, fromSchema1 } from './migrate.ts'
import { ModelRaceSchema } from './model-race.ts'
import { NetworkSchema } from './network.ts'
import { parse } from './parse.ts'
import { ProfileSchema } from './profile.ts'
import { SufficiencySchema } from './sufficiency.ts'
import { TrainingSchema } from './training.ts'

/** The version of the results file. */
export const SCHEMA = 2

const start = {
  /** The name of the run, which is also the name of its folder. */
  id: text,
  /** ISO 8601, UTC. */
  startedAt: instant,
  /** The commit of Octet's source; `unknown` outside a checkout. */
  commit: text,
  /** Whether the checkout differed from that commit. */
  dirty: v.boolean(),
  /** The command line that started the run. */
  command: text,
  /** The seed of every random choice. */
  seed: count,
  /** [i, n]: the i-th of n parts, counted from 1. */
  shard: v.exactOptional(v.tuple([count, count])),
  /** Digests of everything that decides the numbers. A resumed run must find them unchanged. Earlier runs lack them. */
  dataHash: v.exactOptional(text),
  /** For each workload: a digest of its graph and weights, and of earlier trainings for it. */
  modelHashes: v.exactOptional(v.record(text, text)),
  /** A digest of the options, without the shard. */
  optionsHash: v.exactOptional(text),
  /** A digest of the built program with its kernel packages. Commits with the same digest give equal numbers. */
  programHash: v.exactOptional(text),
}

/** A run that has not ended yet. */
export const RunStartSchema = record(start)

/** The command of a run, its time, and its source. */
export const RunInfoSchema = record({ ...start, finishedAt: instant })
export type RunInfo = Described<typeof RunInfoSchema>

/** The description of a workload. */
export const WorkloadInfoSchema = record({
  id: text,
  title: text,
  /** Its subject, as a phrase. */
  description: text,
  /** How answers are judged; `none` has no score. */
  task: v.picklist(TASK_IDS),
  /** For a task that decides: the threshold of a yes, and the kind of the model's outputs. */
  decision: v.exactOptional(
    schemaOf<Decision>()(
      record({
        threshold: v.pipe(v.number(), v.gtValue(0), v.ltValue(1)),
        outputs: v.picklist(['probabilities', 'logits']),
      }),
    ),
  ),
  /** The names of the classes in the order of the outputs; empty if there are none. */
  classes: v.array(words),
  /** The score of always giving the same answer over the evaluation set. Absent without labels. */
  baseline: v.exactOptional(finite),
  /** The multiply-adds of one inference. Earlier runs lack them. */
  macs: v.exactOptional(count),
  /** The licence of the data. */
  licence: words,
  /** The origin of the data. */
  source: words,
  /** Remarks for the reader, one sentence each. */
  notes: v.array(words),
  /** FP32's value in the model's manifest, and the number of samples behind it. */
  recorded: v.exactOptional(record({ value: finite, samples: count })),
  /** The number of calibration samples used. */
  calibrationSamples: count,
  /**
   * The number of evaluation samples used, and the number available; fewer are a seeded choice. `budgetMacs` is present
   * if a budget of work decides the number: the multiply-accumulates that one configuration's evaluation may take.
   */
  evaluationSamples: record({ used: count, available: count, budgetMacs: v.exactOptional(count) }),
})
export type WorkloadInfo = Described<typeof WorkloadInfoSchema>

/** The contents of a run.json. */
export const RunSchema = record({
  /** The version of the file. */
  schema: v.literal(SCHEMA),
  run: RunInfoSchema,
  machine: MachineSchema,
  workloads: v.array(WorkloadInfoSchema),
  /** Every configuration of every workload on every device. */
  cells: v.array(CellSchema),
  /** The observed activations and their calibrated ranges. */
  layers: v.array(LayerSchema),
  /** The kernels that were timed alone. */
  kernels: v.array(KernelResultSchema),
  /** The kernels that `kernels` lacks, and the reasons. Earlier runs lack this list, `peaks` and `models`. */
  notTimed: v.exactOptional(v.array(NotTimedSchema)),
  /** The measured peak rates of the devices that ran `kernels`. */
  peaks: v.exactOptional(v.array(DevicePeakSchema)),
  /** Comparisons of whole models with other projects. */
  models: v.exactOptional(v.array(ModelRaceSchema)),
  /** The parts of the time of each program and device that was profiled. Earlier runs lack them. */
  profiles: v.exactOptional(v.array(ProfileSchema)),
  /** The layers of the models, one entry per quantized workload. Earlier runs lack them. */
  networks: v.exactOptional(v.array(NetworkSchema)),
  /** The number of calibration samples that is enough, one entry per workload. Earlier runs lack them. */
  sufficiency: v.exactOptional(v.array(SufficiencySchema)),
  /** Earlier runs lack findings. */
  findings: v.exactOptional(v.array(FindingSchema)),
  /** One entry for each trained configuration; absent if there is none. */
  trainings: v.exactOptional(v.array(TrainingSchema)),
})
export type Run = Described<typeof RunSchema>

/**
 * Checks a parsed run.json. A file of schema 1 is brought to schema 2.
 * @throws OctetError naming the path of the first bad field, or of a field that the schema lacks, or an unknown
 *   version.
 */
export function parseRun(json: unknown): Run {
  const run = withTrainings(withoutAnswers(json))
  const schema = typeof run === 'object' && run !== null && 'schema' in run ? run.schema : SCHEMA
  if (schema === 1) return parse(RunSchema, fromSchema1({ ...(run as object) }), 'the results file')
  if (schema !== SCHEMA)
    throw new OctetError(
      `the results file has schema ${JSON.stringify(schema)}, and this octet reads schemas 1 and ${SCHEMA}`,
      'read it with the octet that wrote it',
    )
  return parse(RunSchema, run, 'the results file')
}

function withTrainings(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || !('trainings' in json)) return json
  const { trainings } = json
  return { ...json, trainings: Array.isArray(trainings) ? trainings.map(fromEarlierTraining) : trainings }
}

/** The parts of the answers of `octet kernels` and `octet models` that no results file keeps. */
const ANSWERS: ReadonlySet<string> = new Set(['conformance', 'tuned', 'failed'])

function withoutAnswers(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json
  return Object.fromEntries(Object.entries(json).filter(([name]) => !ANSWERS.has(name)))
}
