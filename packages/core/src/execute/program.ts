import type { Constants, Precision, TensorSpec } from '../ops/spec.ts'
import type { OpSpec } from '../ops/list.ts'
import { macsOf } from '../ops/work.ts'

/** One op of a program: tensors by their index in `Program.tensors`. */
export interface ProgramStep {
  /** The layer it belongs to, or what it converts. */
  readonly name: string
  readonly spec: OpSpec
  readonly constants: Constants
  readonly inputs: readonly number[]
  readonly output: number
}

/** A model lowered for one batch size: raw samples in, float32 out, no device chosen yet. */
export interface Program {
  readonly precision: Precision | 'mixed'
  readonly batch: number
  readonly tensors: readonly TensorSpec[]
  /** Index of the raw float32 input. */
  readonly input: number
  /** Index of the output, float32 or float16. */
  readonly output: number
  readonly steps: readonly ProgramStep[]
}

/**
 * What is compiled and timed: specs and wiring without the numbers. Two calibrations of one model have the same key,
 * so one latency serves both.
 */
export function programKey(program: Program): string {
  return JSON.stringify([
    program.batch,
    program.steps.map(({ spec, inputs, output }) => [spec, inputs, output]),
  ])
}

/** Multiply-accumulates of one run of a program. */
export function macsOfProgram({ steps }: Program): number {
  return steps.reduce((sum, { spec }) => sum + macsOf(spec), 0)
}
