import type { Granularity, Precision, TaskId } from '@octet/core'
import type { BoardId } from '@octet/results'

/**
 * The settings of a project, in octet.config.mjs (or .js, or .ts). They are values of flags: a flag on the command line
 * takes the place of a setting. Paths are relative to the file.
 */
export interface Config {
  /** Built-in ids and workload folders, or one model with its data: for `bench`. */
  readonly workloads?: readonly string[] | ConfiguredModel
  /** The configurations that `bench` measures, and how. */
  readonly sweep?: ConfiguredSweep
  /** The limits within which `bench` and `recommend` pick a configuration. */
  readonly goals?: ConfiguredGoals
  /** A board whose modelled energy, flash and RAM count: for `bench` and `recommend`. */
  readonly board?: BoardId
  /** Where `bench` runs the kernels. */
  readonly host?: 'node' | 'browser'
}

/** A MODEL.onnx and its data. Each field is the flag of that name. */
export interface ConfiguredModel {
  readonly model: string
  readonly eval?: string
  readonly labels?: string
  readonly calib?: string
  readonly manifest?: string
  readonly normalize?: string
  readonly classes?: readonly string[]
  readonly task?: TaskId
  readonly threshold?: number
  readonly dim?: readonly string[]
  readonly set?: readonly string[]
  readonly state?: readonly string[]
  readonly output?: string
  readonly name?: string
}

/** Each field is the flag of that name. */
export interface ConfiguredSweep {
  readonly precision?: readonly Precision[]
  readonly method?: readonly ('ptq' | 'qat')[]
  readonly calibration?: readonly string[]
  readonly granularity?: readonly Granularity[]
  readonly scheme?: readonly ('affine' | 'symmetric')[]
  readonly weightBits?: readonly (8 | 4)[]
  readonly transform?: readonly string[]
  readonly kernels?: readonly string[]
  readonly adapter?: string
  readonly samples?: number
  readonly seed?: number
  /** Seconds. */
  readonly tune?: number
}

/** Each field is the flag of that name. */
export interface ConfiguredGoals {
  /** In the unit of the task's goals: points of accuracy for a classification. */
  readonly maxDrop?: number
  readonly minSqnrDb?: number
  readonly maxLatencyMs?: number
  readonly maxBytes?: number
  readonly maxFlash?: number
  readonly maxRam?: number
  readonly maxEnergyMj?: number
}
