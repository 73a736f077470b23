import type { Constants, Precision, TensorSpec } from '../ops/spec.ts'
import type { OpSpec } from '../ops/list.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { StepList } from '../kernel/compiled.ts'
import { macsOf } from '../ops/work.ts'

/** One op of a program. Its tensors are given by their indices in `Program.tensors`. */
export interface ProgramStep {
  /** The layer that the step computes, or the tensor that it converts. */
  readonly name: string
  readonly spec: OpSpec
  readonly constants: Constants
  readonly inputs: readonly number[]
  readonly output: number
}

/** Samples, [n, ...] each: one tensor for a model with one input, or a tensor for each input in the inputs' order. */
export type Samples = Tensor<'float32'> | readonly Tensor<'float32'>[]

/** The tensor of each input. */
export function tensorsOf(samples: Samples): readonly Tensor<'float32'>[] {
  return 'dtype' in samples ? [samples] : samples
}

/** The number of samples. */
export function countOf(samples: Samples): number {
  return tensorsOf(samples)[0].shape[0]
}

/** A model lowered for one batch size: raw samples in, float32 out. It is not bound to a device. */
export interface Program {
  readonly precision: Precision | 'mixed'
  readonly batch: number
  readonly tensors: readonly TensorSpec[]
  /** For each tensor of the program, the name of the graph's tensor that it holds, in any form. */
  readonly names: readonly string[]
  /** Indices of the raw float32 inputs that samples bring, in the graph's order. */
  readonly inputs: readonly number[]
  /** Tensors that are the same in every run, by index, such as a constant that a layer adds. */
  readonly fixed: ReadonlyMap<number, Tensor>
  /** The index of the output, which is float32 or float16. */
  readonly output: number
  /**
   * The state from run to run: a raw float32 input, and the float32 or float16 tensor that replaces it after the run.
   */
  readonly states: readonly { readonly input: number; readonly output: number }[]
  readonly steps: readonly ProgramStep[]
}

/** The tensors that are written before a run. */
export function writtenTo({ inputs, states }: Program): readonly number[] {
  return [...inputs, ...states.map(({ input }) => input)]
}

/** The tensors that are read after a run. */
export function readFrom({ output, states }: Program): readonly number[] {
  return [output, ...states.map((state) => state.output)]
}

/** A program as the contract of kernels has it. */
export function listOf(program: Program): StepList {
  const { tensors, steps, fixed } = program
  return { tensors, steps, fixed, written: writtenTo(program), read: readFrom(program) }
}

/**
 * A key of the specs and wiring of a program, without its numbers. They determine the compiled code and its time. Two
 * calibrations of one model have the same key, so one latency serves both.
 */
export function programKey(program: Program): string {
  return JSON.stringify([
    program.batch,
    program.steps.map(({ spec, inputs, output }) => [spec, inputs, output]),
    ...(program.states.length > 0 ? [program.states] : []),
  ])
}

/** The number of multiply-accumulates in one run of a program. */
export function macsOfProgram({ steps }: Program): number {
  return steps.reduce((sum, { spec }) => sum + macsOf(spec), 0)
}

/** The bytes of a step's weights and bias as a model stores them, two 4-bit weights a byte. */
export function storedBytesOf({ spec, constants }: Pick<ProgramStep, 'spec' | 'constants'>): number {
  if (!('weight' in constants)) return 0
  const perByte = 'weightBits' in spec && spec.weightBits === 4 ? 2 : 1
  return Math.ceil(constants.weight.data.byteLength / perByte) + constants.bias.byteLength
}

/** Bytes of all weights, biases and fixed tensors as the model stores them. */
export function weightBytesOf({ fixed, steps }: Pick<Program, 'fixed' | 'steps'>): number {
  let bytes = [...fixed.values()].reduce((sum, { data }) => sum + data.byteLength, 0)
  for (const step of steps) bytes += storedBytesOf(step)
  return bytes
}
