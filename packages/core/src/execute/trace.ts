import type { Constants } from '../ops/spec.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import { computeBy } from '../reference/kernels.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import { asFloat32 } from './as-float32.ts'
import { Carried } from './carried.ts'
import { readFrom, tensorsOf, writtenTo, type Program, type ProgramStep, type Samples } from './program.ts'

/** One computed step. */
export interface TracedStep {
  readonly step: ProgramStep
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
}

/** Options for running a program step by step. */
export interface TraceOptions {
  /** May replace a step's constants after its inputs are known and before it is computed. */
  readonly constants?: (step: ProgramStep, inputs: readonly Tensor[]) => Constants
  /** Kernels with the same results as the reference. They replace it where they can. */
  readonly exact?: ExactKernels | undefined
  /**
   * The state from the previous sample. The run reads it and writes it. Without it, the sample is the first of its set.
   */
  readonly carried?: Carried
}

/**
 * Runs a program on the reference, one step at a time, and yields each result for inspection. Tensors are released
 * after their last use.
 */
export function* trace(
  program: Program,
  x: Samples,
  { constants = (step) => step.constants, exact, carried = new Carried() }: TraceOptions = {},
): Generator<TracedStep, Tensor> {
  const lastUse = new Map<number, number>()
  for (const [i, { inputs }] of program.steps.entries()) for (const index of inputs) lastUse.set(index, i)
  for (const index of readFrom(program)) lastUse.set(index, program.steps.length)
  const held = new Map<number, Tensor>(program.fixed)
  const given = [...tensorsOf(x), ...carried.next(program)]
  for (const [i, index] of writtenTo(program).entries()) held.set(index, given[i])
  for (const [i, step] of program.steps.entries()) {
    const inputs = step.inputs.map((index) => held.get(index)!)
    const output = tensor(step.spec.output.dtype, step.spec.output.shape)
    computeBy(exact, step.spec, constants(step, inputs), inputs, output)
    held.set(step.output, output)
    yield { step, inputs, output }
    for (const index of step.inputs) if (lastUse.get(index) === i) held.delete(index)
  }
  carried.keep(program.states.map(({ output }) => asFloat32(held.get(output)!)))
  return held.get(program.output)!
}

/** The outputs of a program on the reference, widened to float32. */
export function answerOf(
  program: Program,
  x: Samples,
  options: Omit<TraceOptions, 'constants'> = {},
): Float32Array {
  const steps = trace(program, x, options)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return asFloat32(value).data
  }
}
