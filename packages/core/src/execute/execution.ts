import type { Timing } from '../kernel/timing.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Program, Samples } from './program.ts'

/** The memory of a loaded program. */
export interface ExecutionMemory {
  /** Weights and biases as the model stores them, two 4-bit weights a byte, without the device's padding. */
  readonly weightBytes: number
  /**
   * Weights, biases and tables as the kernels hold them, packed and padded, including the constants of steps that fell
   * back.
   */
  readonly residentWeightBytes: number
  /** The most bytes of activations that are alive at once, unpadded. */
  readonly activationPeakBytes: number
  /**
   * The size of a block that holds all activations at separate offsets, unpadded: the memory that a board lays out. At
   * least `activationPeakBytes`.
   */
  readonly arenaBytes: number
  /** The bytes that the device holds: packed constants and planned activation storage. */
  readonly deviceBytes: number
}

/** The output of one inference and its nanoseconds by stage. The stages add up to the end-to-end time. */
export interface StageTimes {
  readonly uploadNs: number
  readonly computeNs: number
  readonly readbackNs: number
  readonly output: Tensor<'float32'>
}

/** Consecutive steps of a program: from `from` to before `to`. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A program ready to run on a device. */
export interface Execution {
  readonly program: Program
  /** Names of the steps that the device lacks: they run on the reference. */
  readonly fallbackOps: readonly string[]
  /** The number of dispatches of one run on the device: single steps, or several steps joined. */
  readonly dispatches: number
  /**
   * The variant that runs, by the name of the step. Only steps for which the device has several variants, or which it
   * joins with others, are in it.
   */
  readonly variants: Readonly<Record<string, string>>
  readonly memory: ExecutionMemory
  /** The time to compile, and to pack and upload constants. */
  readonly prepareNs: number
  /** The time of the first run of all steps, on zeros. Some drivers still compile during it. */
  readonly firstDispatchNs: number
  /** Takes raw samples [batch, ...] and returns float32. A streaming model continues from the state of the last run. */
  run(x: Samples): Promise<Tensor<'float32'>>
  /** Runs one inference and times each stage. */
  stages(x: Samples): Promise<StageTimes>
  /**
   * Times the compute of all steps, or of a span, `repeats` times on the last upload. The clock is the wall clock if
   * any op falls back. If the device joins steps in a run, a span from 0 is joined in the same way. The steps of any
   * other span run one by one.
   */
  time(repeats: number, span?: Span): Promise<Timing>
  /** Sets the state of a streaming model to zeros: the next run begins a set of samples. */
  reset(): void
  dispose(): Promise<void>
}
