import type { OpSpec } from '../ops/list.ts'
import type { Constants, TensorSpec } from '../ops/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Timing } from './timing.ts'

/** One op of a list, before anything is prepared. */
export interface ListedStep {
  readonly spec: OpSpec
  readonly constants: Constants
  /** Indices into `StepList.tensors`. */
  readonly inputs: readonly number[]
  readonly output: number
}

/** A whole program as a device sees it: steps over numbered tensors. Each tensor is made by one step at most. */
export interface StepList {
  readonly tensors: readonly TensorSpec[]
  readonly steps: readonly ListedStep[]
  /** Tensors that are written before each run. */
  readonly written: readonly number[]
  /** Tensors that are read after each run. */
  readonly read: readonly number[]
  /** By index: tensors that are the same in every run. */
  readonly fixed: ReadonlyMap<number, Tensor>
}

/** Consecutive steps that a device starts as one. */
export interface CompiledPart {
  /** How many of the steps, in their order. */
  readonly steps: number
  /** How it computes them: the variant of a step alone, or what joins several. */
  readonly variant: string
}

/** A program that a device prepared as a whole: all checks are made, and all storage is laid out. */
export interface CompiledProgram {
  /** How the steps are joined: one of the device's `compilations`. */
  readonly compilation: string
  /** What a run starts, in order; their steps add up to the list. */
  readonly parts: readonly CompiledPart[]
  readonly constantBytes: number
  /** Bytes of storage for activations. */
  readonly activationBytes: number
  /** Uploads one of the tensors that are written. */
  write(index: number, data: Tensor): Promise<void>
  /** Runs all steps as one submission, which also gets ready what is read; resolves when it has been handed over. */
  submit(): Promise<void>
  /** Waits for the last submission, then yields one of the tensors that are read, in logical (ONNX) order. */
  read(index: number): Promise<Tensor>
  /**
   * Runs the list, or its first `steps` steps (1 or more), `repeats` times, each measured by itself, without upload or
   * readback. The steps of a prefix are joined as in the whole list. A step that is computed where a later step reads
   * it has no time of its own.
   */
  time(repeats: number, steps?: number): Promise<Timing>
  /** Frees constants and storage. */
  release(): void
}
