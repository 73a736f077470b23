import { OctetError } from '@octet/core'
import * as v from 'valibot'
import { type Cell, CellSchema } from './cell.ts'
import { count, fraction, instant, text, words } from './field.ts'
import { type Finding, FindingSchema } from './finding.ts'
import {
  type DevicePeak,
  DevicePeakSchema,
  type KernelResult,
  KernelResultSchema,
  type NotTimed,
  NotTimedSchema,
} from './kernel.ts'
import { type Layer, LayerSchema } from './layer.ts'
import { type Machine, MachineSchema } from './machine.ts'
import { parse } from './parse.ts'
import { type Training, TrainingSchema } from './training.ts'
import { type ModelRace, ModelRaceSchema } from './model-race.ts'

/** The results file's version. */
export const SCHEMA = 1

/** What was run, when, from which source. */
export interface RunInfo {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly finishedAt: string
  /** Commit of this project's source; `unknown` outside a checkout. */
  readonly commit: string
  /** Whether the checkout differed from that commit. */
  readonly dirty: boolean
  readonly command: string
  readonly seed: number
  /** [i, n]: the i-th of n parts, counted from 1. */
  readonly shard?: readonly [number, number]
  /**
   * Digests of what decides the numbers, which a resumed run must find unchanged. Absent from runs of before they
   * were kept.
   */
  readonly dataHash?: string
  /** By workload: its graph and weights, and what was trained for it before. */
  readonly modelHashes?: Readonly<Record<string, string>>
  /** What was asked for, the shard left out. */
  readonly optionsHash?: string
  /** The built program, kernel packages included: commits that differ in nothing else give equal numbers. */
  readonly programHash?: string
}

/** What the figures of a workload are about. */
export interface WorkloadInfo {
  readonly id: string
  readonly title: string
  readonly task: string
  readonly metric: string
  readonly classes: readonly string[]
  /**
   * Share of the largest class in the evaluation set: what always answering it would score. Absent for a model
   * without classes.
   */
  readonly majorityShare?: number
  readonly licence: string
  readonly source: string
  readonly notes: readonly string[]
  /** FP32 accuracy that the model's manifest records, and on how many samples. */
  readonly recorded?: { readonly accuracy: number; readonly samples: number }
  readonly calibrationSamples: number
  /**
   * Evaluation samples used here, and how many there are; fewer are a seeded choice. `budgetMacs` is there where the
   * number follows from a budget of work: the multiply-accumulates that one configuration's evaluation may take.
   */
  readonly evaluationSamples: {
    readonly used: number
    readonly available: number
    readonly budgetMacs?: number
  }
}

/** One run.json. */
export interface Run {
  readonly schema: typeof SCHEMA
  readonly run: RunInfo
  readonly machine: Machine
  readonly workloads: readonly WorkloadInfo[]
  readonly cells: readonly Cell[]
  readonly layers: readonly Layer[]
  readonly kernels: readonly KernelResult[]
  /** What `kernels` has not, and why. Absent, as `peaks` and `models`, from runs of before they were kept. */
  readonly notTimed?: readonly NotTimed[]
  /** Measured peak rates of the devices that `kernels` ran on. */
  readonly peaks?: readonly DevicePeak[]
  /** Whole models beside other projects. */
  readonly models?: readonly ModelRace[]
  /** Absent from runs of before findings were kept. */
  readonly findings?: readonly Finding[]
  /** One for each configuration that was trained; absent without any. */
  readonly trainings?: readonly Training[]
}

const start = {
  id: text,
  startedAt: instant,
  commit: text,
  dirty: v.boolean(),
  command: text,
  seed: count,
  shard: v.exactOptional(v.tuple([count, count])),
  dataHash: v.exactOptional(text),
  modelHashes: v.exactOptional(v.record(text, text)),
  optionsHash: v.exactOptional(text),
  programHash: v.exactOptional(text),
}

/** A run that has not come to its end yet. */
export const RunStartSchema: v.GenericSchema<Omit<RunInfo, 'finishedAt'>> = v.object(start)

export const RunInfoSchema: v.GenericSchema<RunInfo> = v.object({ ...start, finishedAt: instant })

export const WorkloadInfoSchema: v.GenericSchema<WorkloadInfo> = v.object({
  id: text,
  title: text,
  task: text,
  metric: text,
  classes: v.array(words),
  majorityShare: v.exactOptional(fraction),
  licence: words,
  source: words,
  notes: v.array(words),
  recorded: v.exactOptional(v.object({ accuracy: fraction, samples: count })),
  calibrationSamples: count,
  evaluationSamples: v.object({ used: count, available: count, budgetMacs: v.exactOptional(count) }),
})

const RunSchema: v.GenericSchema<Run> = v.object({
  schema: v.literal(SCHEMA),
  run: RunInfoSchema,
  machine: MachineSchema,
  workloads: v.array(WorkloadInfoSchema),
  cells: v.array(CellSchema),
  layers: v.array(LayerSchema),
  kernels: v.array(KernelResultSchema),
  notTimed: v.exactOptional(v.array(NotTimedSchema)),
  peaks: v.exactOptional(v.array(DevicePeakSchema)),
  models: v.exactOptional(v.array(ModelRaceSchema)),
  findings: v.exactOptional(v.array(FindingSchema)),
  trainings: v.exactOptional(v.array(TrainingSchema)),
})

/**
 * Checks a parsed run.json. Fields that the schema does not have are dropped.
 * @throws OctetError naming the path of the first bad field, or the version when it is another one.
 */
export function parseRun(json: unknown): Run {
  if (typeof json === 'object' && json !== null && 'schema' in json && json.schema !== SCHEMA)
    throw new OctetError(
      `the results file has schema ${JSON.stringify(json.schema)}, and this octet reads schema ${SCHEMA}`,
      'read it with the octet that wrote it',
    )
  return parse(RunSchema, json, 'the results file')
}
