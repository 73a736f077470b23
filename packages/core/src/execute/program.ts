import type { Constants, Precision, TensorSpec } from '../ops/spec.ts'
import type { OpSpec } from '../ops/list.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { macsOf } from '../ops/work.ts'

/** One op of a program: tensors by their index in `Program.tensors`. */
export interface ProgramStep {
  /** The layer to which it belongs, or the tensor that it converts. */
  readonly name: string
  readonly spec: OpSpec
  readonly constants: Constants
  readonly inputs: readonly number[]
  readonly output: number
}

/** Samples, [n, ...] each: the tensor of a model's one input, or a tensor for each input in their order. */
export type Samples = Tensor<'float32'> | readonly Tensor<'float32'>[]

/** The tensor of each input. */
export function tensorsOf(samples: Samples): readonly Tensor<'float32'>[] {
  return 'dtype' in samples ? [samples] : samples
}

/** How many samples there are. */
export function countOf(samples: Samples): number {
  return tensorsOf(samples)[0].shape[0]
}

/** A model lowered for one batch size: raw samples in, float32 out, no device chosen yet. */
export interface Program {
  readonly precision: Precision | 'mixed'
  readonly batch: number
  readonly tensors: readonly TensorSpec[]
  /** By index: the name of the graph's tensor that a tensor of the program holds, in whatever form. */
  readonly names: readonly string[]
  /** Indices of the raw float32 inputs that samples bring, in the order of the graph's. */
  readonly inputs: readonly number[]
  /** By index: tensors that are the same in every run, such as a constant that a layer adds. */
  readonly fixed: ReadonlyMap<number, Tensor>
  /** Index of the output, float32 or float16. */
  readonly output: number
  /** The state from run to run: a raw float32 input, and the float32 or float16 tensor that becomes it. */
  readonly states: readonly { readonly input: number; readonly output: number }[]
  readonly steps: readonly ProgramStep[]
}

/** All that is written before a run. */
export function writtenTo({ inputs, states }: Program): readonly number[] {
  return [...inputs, ...states.map(({ input }) => input)]
}

/** All that is read after a run. */
export function readFrom({ output, states }: Program): readonly number[] {
  return [output, ...states.map((state) => state.output)]
}

/**
 * What is compiled and timed: specs and wiring without the numbers. Two calibrations of one model have the same key,
 * so one latency serves both.
 */
export function programKey(program: Program): string {
  return JSON.stringify([
    program.batch,
    program.steps.map(({ spec, inputs, output }) => [spec, inputs, output]),
    ...(program.states.length > 0 ? [program.states] : []),
  ])
}

/** Multiply-accumulates of one run of a program. */
export function macsOfProgram({ steps }: Program): number {
  return steps.reduce((sum, { spec }) => sum + macsOf(spec), 0)
}

/** Bytes of a step's weights and bias as a model stores them, two 4-bit weights a byte. */
export function storedBytesOf({ spec, constants }: Pick<ProgramStep, 'spec' | 'constants'>): number {
  if (!('weight' in constants)) return 0
  const perByte = 'weightBits' in spec && spec.weightBits === 4 ? 2 : 1
  return Math.ceil(constants.weight.data.byteLength / perByte) + constants.bias.byteLength
}
