import type { Constants } from '../ops/spec.ts'
import { fromFloat16 } from '../numerics/index.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import { computeBy } from '../reference/kernels.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import { tensorsOf, type Program, type ProgramStep, type Samples } from './program.ts'

/** One step as it was computed. */
export interface TracedStep {
  readonly step: ProgramStep
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
}

/** How a program is run step by step. */
export interface TraceOptions {
  /** May replace a step's numbers when its inputs are known, before it is computed. */
  readonly constants?: (step: ProgramStep, inputs: readonly Tensor[]) => Constants
  /** What computes in the reference's stead where it can, with the same results. */
  readonly exact?: ExactKernels | undefined
}

/**
 * Runs a program on the reference, a step at a time, for those who look inside. Tensors are let go after their last
 * use.
 */
export function* trace(
  program: Program,
  x: Samples,
  { constants = (step) => step.constants, exact }: TraceOptions = {},
): Generator<TracedStep, Tensor> {
  const lastUse = new Map<number, number>([[program.output, program.steps.length]])
  for (const [i, { inputs }] of program.steps.entries())
    for (const index of inputs) if (index !== program.output) lastUse.set(index, i)
  const held = new Map<number, Tensor>(program.fixed)
  for (const [i, sample] of tensorsOf(x).entries()) held.set(program.inputs[i], sample)
  for (const [i, step] of program.steps.entries()) {
    const inputs = step.inputs.map((index) => held.get(index)!)
    const output = tensor(step.spec.output.dtype, step.spec.output.shape)
    computeBy(exact, step.spec, constants(step, inputs), inputs, output)
    held.set(step.output, output)
    yield { step, inputs, output }
    for (const index of step.inputs) if (lastUse.get(index) === i) held.delete(index)
  }
  return held.get(program.output)!
}

/** What a program yields on the reference, widened to float32. */
export function answerOf(program: Program, x: Samples, exact?: ExactKernels): Float32Array {
  const steps = trace(program, x, { exact })
  for (;;) {
    const { done, value } = steps.next()
    if (done === true)
      return value.dtype === 'float16' ? fromFloat16(value.data as Uint16Array) : (value.data as Float32Array)
  }
}
