import { type Graph, OctetError, type QuantizedModel } from '@octet/core'
import type { TrainingKernels } from '@octet/core/training'
import type { Distillation } from '../loss/loss.ts'
import { copied, Network } from '../network.ts'
import type { OptimizerOptions } from '../optimizer.ts'
import type { TrainingData } from '../samples.ts'
import { Trainer, type Checkpoint, type StepReport } from '../trainer.ts'
import { QatNetwork } from './network.ts'
import { Validator, type Judgement } from './validate.ts'

/** The network to train, and the settings of the training. */
export interface QatTask {
  /** The first model: with ranges of any calibrator, and with weights equalized or not. */
  readonly start: QuantizedModel
  /**
   * The FP32 model from which the start was made. It is the teacher, and its BatchNormalizations are trained unfolded.
   */
  readonly graph: Graph
  /** The training data. Samples without a label (-1) learn from the FP32 model only. */
  readonly training: TrainingData
  /**
   * Samples that take no part in training, calibration or evaluation. The model with the least loss on them is kept.
   */
  readonly validation: TrainingData
  /** Kernels for parts of the training. Without them, this package's loops compute all of it. */
  readonly kernels?: TrainingKernels
}

export interface QatOptions {
  readonly steps: number
  readonly batchSize: number
  /** Its learning rate rises linearly over the first twentieth of the steps, then falls along half a cosine to 0. */
  readonly optimizer: OptimizerOptions
  /** The seed of the order of the samples. */
  readonly seed: number
  /** The share of each target that is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number
  /** Learning from the FP32 model's answers, wholly or in part. */
  readonly distillation?: Distillation
  /** Trains the scales (LSQ) instead of observing ranges. Default false. */
  readonly learnedScales?: boolean
  /** The share of the steps after which ranges freeze. Default 1/2. */
  readonly freezeRanges?: number
  /**
   * The share of the steps after which the statistics of BatchNormalization freeze, usually after the ranges. Default
   * 2/3.
   */
  readonly freezeStatistics?: number
  /** The number of steps between two validations. Default: a tenth of all steps. */
  readonly validateEvery?: number
  /** Training stops after this many consecutive validations without improvement. Default: never. */
  readonly patience?: number
}

/** The judgement of the model after `step` steps, on the validation samples. */
export interface Validation extends Judgement {
  readonly step: number
}

/** A training between two steps. With the same task and options, it continues as if it had not stopped. */
export interface QatCheckpoint {
  readonly trainer: Checkpoint
  readonly losses: readonly number[]
  readonly validations: readonly Validation[]
  /** The network's state at the best validation. */
  readonly best: ReadonlyMap<string, Float32Array>
}

/** The result of a training. */
export interface QatResult {
  /** The model of the best validation. Its graph has the float weights from which its integers are rounded. */
  readonly quantized: QuantizedModel
  /** The validation of that model. */
  readonly best: Validation
  /** The validations in order. The first is of the start, before any step. */
  readonly validations: readonly Validation[]
  /** The loss of each step before its update. */
  readonly losses: readonly number[]
  /** Whether patience ran out before the last step. */
  readonly stoppedEarly: boolean
}

/**
 * Quantization-aware training, step by step (Jacob et al. 2018; Krishnamoorthi 2018; Nagel et al. 2021). The same
 * task, options and seed give the same bits on one JavaScript engine.
 */
export class QatRun {
  readonly totalSteps: number
  readonly #network: QatNetwork
  readonly #trainer: Trainer
  readonly #validator: Validator
  readonly #options: QatOptions
  readonly #losses: number[] = []
  readonly #validations: Validation[] = []
  #best = new Map<string, Float32Array>()

  /** @throws OctetError if the model cannot be trained, or if data or options do not fit. */
  constructor({ start, graph, training, validation, kernels }: QatTask, options: QatOptions) {
    const { steps, batchSize, optimizer, seed, labelSmoothing = 0, distillation } = options
    const capacity = Math.max(1, Math.min(batchSize, training.x.shape[0]))
    const teacher = distillation && { ...distillation, network: new Network(graph, capacity, kernels) }
    this.#options = options
    this.#network = new QatNetwork(start, capacity, {
      graph,
      learned: options.learnedScales ?? false,
      ...(kernels && { kernels }),
    })
    this.#validator = new Validator(this.#network, validation, teacher)
    this.#trainer = new Trainer(this.#network, training, {
      epochs: Math.max(1, Math.ceil(steps / Math.floor(training.x.shape[0] / capacity))),
      steps,
      batchSize,
      optimizer,
      seed,
      labelSmoothing,
      schedule: { kind: 'cosine', warmupSteps: Math.ceil(steps / 20) },
      ...(teacher && { teacher }),
    })
    this.totalSteps = this.#trainer.totalSteps
  }

  /** The number of steps so far. */
  get step(): number {
    return this.#trainer.step
  }

  /** Whether all steps are done, or patience ran out. */
  get finished(): boolean {
    return this.step === this.totalSteps || this.#outOfPatience()
  }

  /** Validates the start. Without this call, the first step does so. */
  begin(): Validation {
    return this.#validations[0] ?? this.#validate()
  }

  /**
   * Takes the next step. Some steps also validate the model.
   * @throws OctetError naming the step if the loss or a gradient is not finite.
   */
  next(): StepReport & { readonly validation?: Validation } {
    this.begin()
    const { freezeRanges = 1 / 2, freezeStatistics = 2 / 3 } = this.#options
    const { validateEvery = Math.max(1, Math.round(this.totalSteps / 10)) } = this.#options
    this.#network.observing = this.step < freezeRanges * this.totalSteps
    this.#network.liveStatistics = this.step < freezeStatistics * this.totalSteps
    const report = this.#trainer.next()
    this.#losses.push(report.loss)
    const due = this.step % validateEvery === 0 || this.step === this.totalSteps
    return due ? { ...report, validation: this.#validate() } : report
  }

  checkpoint(): QatCheckpoint {
    return {
      trainer: this.#trainer.checkpoint(),
      losses: this.#losses.slice(),
      validations: this.#validations.slice(),
      best: copied(this.#best),
    }
  }

  /**
   * Restores the state of another run of the same task and options.
   * @throws OctetError if the state belongs to another run.
   */
  resume({ trainer, losses, validations, best }: QatCheckpoint): void {
    this.#trainer.resume(trainer)
    this.#losses.splice(0, Infinity, ...losses)
    this.#validations.splice(0, Infinity, ...validations)
    this.#best = copied(best)
  }

  /** The best model so far. The run can continue afterwards. */
  result(): QatResult {
    this.begin()
    const now = copied(this.#network.state)
    this.#restore(this.#best)
    this.#network.observing = false
    const quantized = this.#network.quantized()
    this.#restore(now)
    return {
      quantized,
      best: bestOf(this.#validations),
      validations: this.#validations.slice(),
      losses: this.#losses.slice(),
      stoppedEarly: this.step < this.totalSteps && this.#outOfPatience(),
    }
  }

  #validate(): Validation {
    const judgement = this.#validator.validate()
    const { loss } = judgement
    if (!Number.isFinite(loss))
      throw new OctetError(
        `the validation loss is ${loss} after step ${this.step} of ${this.totalSteps}`,
        'check the validation samples for values that are not finite, or lower the learning rate',
      )
    const validation = { step: this.step, ...judgement }
    this.#validations.push(validation)
    if (bestOf(this.#validations) === validation) this.#best = copied(this.#network.state)
    return validation
  }

  #outOfPatience(): boolean {
    const { patience = Infinity } = this.#options
    if (this.#validations.length === 0) return false
    return this.#validations.length - 1 - this.#validations.indexOf(bestOf(this.#validations)) >= patience
  }

  #restore(state: ReadonlyMap<string, Float32Array>): void {
    for (const [name, data] of this.#network.state) data.set(state.get(name)!)
  }
}

export interface QatHooks {
  /**
   * Called and awaited after the start is validated and after every step. It may show progress, save a checkpoint, or
   * throw to stop.
   */
  readonly onProgress?: (progress: QatProgress, run: QatRun) => void | Promise<void>
  /** The checkpoint of an earlier run of the same task and options. */
  readonly resume?: QatCheckpoint
}

/** The progress of a training. */
export interface QatProgress {
  /** Absent for the start. */
  readonly report?: StepReport
  readonly validation?: Validation
}

/**
 * Trains a quantized model and returns the best model by validation, which may be the start.
 * @throws OctetError as `QatRun` does.
 */
export async function qat(task: QatTask, options: QatOptions, hooks: QatHooks = {}): Promise<QatResult> {
  const run = new QatRun(task, options)
  if (hooks.resume !== undefined) run.resume(hooks.resume)
  const validation = run.begin()
  if (run.step === 0) await hooks.onProgress?.({ validation }, run)
  while (!run.finished) {
    const { validation, ...report } = run.next()
    await hooks.onProgress?.({ report, ...(validation && { validation }) }, run)
  }
  return run.result()
}

/** The validation with the lowest loss. The loss tells models apart that a few hundred samples classify alike. */
function bestOf(validations: readonly Validation[]): Validation {
  return validations.reduce((best, one) => (one.loss < best.loss ? one : best))
}
