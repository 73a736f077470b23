import { type Graph, OctetError } from '@octet/core'
import type { TrainingKernels, Value } from '@octet/core/training'
import { Random } from '@octet/core/statistics'
import type { Distillation, Score } from './loss/loss.ts'
import { copied, Network, type Trainable } from './network.ts'
import { optimizerOf, type Optimizer, type OptimizerOptions } from './optimizer.ts'
import { Samples, type TrainingData } from './samples.ts'
import { learningRateAt, type Schedule } from './schedule.ts'

export interface TrainOptions {
  readonly epochs: number
  /** The number of steps after which training ends, if that is before the end of all epochs. */
  readonly steps?: number
  readonly batchSize: number
  readonly optimizer: OptimizerOptions
  /** Default: constant. */
  readonly schedule?: Schedule
  /** The seed of the order of the samples. */
  readonly seed: number
  /** The share of each target that is spread evenly over all classes, 0 to 1. Default 0. */
  readonly labelSmoothing?: number
  /** A second network to learn from, with the same input. Samples without a label learn only from it. */
  readonly teacher?: Distillation & { readonly network: Trainable }
}

/** A training between two steps. With the same network, data and options, it continues as if it had not stopped. */
export interface Checkpoint {
  readonly step: number
  /** Copies of the network's state, by name. */
  readonly network: ReadonlyMap<string, Float32Array>
  /** Copies of the state of the optimizer. */
  readonly optimizer: readonly (Float32Array | Float64Array)[]
}

/** One update of the parameters. */
export interface StepReport {
  /** Counted from 0 over the whole training. */
  readonly step: number
  /** The mean loss of the batch before the update, in nats. */
  readonly loss: number
  readonly learningRate: number
  /**
   * The share of the batch's labelled samples that were answered correctly before the update; 0 without any. Absent if
   * answers are quantities.
   */
  readonly accuracy?: number
}

/** One pass over the samples, with the means over its steps. */
export interface EpochReport {
  /** Counted from 0. */
  readonly epoch: number
  readonly loss: number
  readonly accuracy?: number
}

export interface History {
  readonly steps: readonly StepReport[]
  readonly epochs: readonly EpochReport[]
}

/**
 * Trains a network step by step. The same network, data, options and seed give the same bits, except that Math.exp,
 * Math.log and Math.cos may differ in the last bit between JavaScript engines. Each epoch has a new seeded order of all
 * samples, cut into whole batches; the remaining samples are left out of the epoch.
 */
export class Trainer {
  readonly stepsPerEpoch: number
  readonly totalSteps: number
  readonly #options: TrainOptions
  readonly #network: Trainable
  readonly #samples: Samples
  readonly #optimizer: Optimizer
  readonly #order: Int32Array
  readonly #batch: number
  #step = 0
  /** The epoch whose order of samples is in `#order`. */
  #epoch = -1

  /** @throws OctetError if data or options do not fit. */
  constructor(network: Trainable, data: TrainingData, options: TrainOptions) {
    for (const name of ['epochs', 'batchSize', 'steps'] as const) {
      const value = options[name]
      if (value !== undefined && (!Number.isInteger(value) || value < 1))
        throw new OctetError(`${name} must be a whole number of 1 or more, it is ${value}`)
    }
    this.#options = options
    this.#batch = Math.max(1, Math.min(options.batchSize, network.capacity, data.x.shape[0]))
    this.#network = network
    this.#samples = new Samples(data, network, { unlabelled: options.teacher !== undefined })
    this.#optimizer = optimizerOf(options.optimizer, network.parameters)
    this.#order = new Int32Array(data.x.shape[0])
    this.stepsPerEpoch = Math.floor(data.x.shape[0] / this.#batch)
    this.totalSteps = Math.min(this.stepsPerEpoch * options.epochs, options.steps ?? Infinity)
  }

  /** The number of steps so far. */
  get step(): number {
    return this.#step
  }

  /**
   * Takes the next step.
   * @throws OctetError if the loss or a gradient is not finite (the parameters are then those before the step), or if
   *   the step made a parameter that is not finite.
   */
  next(): StepReport {
    const step = this.#step
    const { input, logits, parameters } = this.#network
    const batch = this.#load()
    this.#forward(batch)
    const { loss, correct, labelled } = this.#score(batch, input.data, logits)
    const learningRate = this.#rate()
    if (!Number.isFinite(loss)) throw this.#diverged(`the loss became ${loss}`, learningRate)
    this.#network.backward(batch)
    const bad = parameters.find(({ grad }) => !isFinite(grad))
    if (bad !== undefined) throw this.#diverged(`the gradient of "${bad.name}" is not finite`, learningRate)
    this.#optimizer.step(learningRate)
    const lost = parameters.find(({ data }) => !isFinite(data))
    if (lost !== undefined) throw this.#diverged(`the update of "${lost.name}" is not finite`, learningRate)
    this.#step++
    const accuracy = correct === undefined ? {} : { accuracy: labelled === 0 ? 0 : correct / labelled }
    return { step, loss, learningRate, ...accuracy }
  }

  /** Runs the forward pass. If it fails, for example because weights have diverged, the error names the step. */
  #forward(batch: number): void {
    try {
      this.#network.forward(batch, 'train')
    } catch (error) {
      if (!(error instanceof OctetError)) throw error
      throw this.#diverged(error.message, this.#rate())
    }
  }

  /** A copy of the state of the training. */
  checkpoint(): Checkpoint {
    return {
      step: this.#step,
      network: copied(this.#network.state),
      optimizer: this.#optimizer.state.map((data) => data.slice()),
    }
  }

  /**
   * Restores the state of another trainer of the same network, data and options.
   * @throws OctetError if the state belongs to another training.
   */
  resume({ step, network, optimizer }: Checkpoint): void {
    const own = [...this.#network.state.entries()]
    const fits =
      step <= this.totalSteps &&
      network.size === own.length &&
      own.every(([name, { length }]) => network.get(name)?.length === length) &&
      optimizer.length === this.#optimizer.state.length &&
      this.#optimizer.state.every(({ length }, i) => optimizer[i].length === length)
    if (!fits)
      throw new OctetError(
        'the checkpoint is of another training',
        'resume with the model and the options that it was begun with, or begin again',
      )
    for (const [name, data] of own) data.set(network.get(name)!)
    for (const [i, data] of this.#optimizer.state.entries()) data.set(optimizer[i])
    this.#step = step
  }

  /** The learning rate of the next step. */
  #rate(): number {
    const { optimizer, schedule = { kind: 'constant' } } = this.#options
    return learningRateAt(schedule, optimizer.learningRate, this.#step, this.totalSteps)
  }

  /** Loads the next batch and returns its size. */
  #load(): number {
    const epoch = Math.floor(this.#step / this.stepsPerEpoch)
    if (epoch !== this.#epoch) {
      for (let i = 0; i < this.#order.length; i++) this.#order[i] = i
      new Random(this.#options.seed, epoch).shuffle(this.#order)
      this.#epoch = epoch
    }
    const from = (this.#step % this.stepsPerEpoch) * this.#batch
    this.#samples.load(this.#order, from, this.#batch, this.#network.input.data)
    return this.#batch
  }

  /** Computes the loss, and writes its gradient to the logits. */
  #score(batch: number, input: Float32Array, logits: Value): Score {
    const { labelSmoothing = 0, teacher } = this.#options
    const score = this.#samples.score(logits, batch, labelSmoothing)
    if (teacher === undefined) return score
    teacher.network.input.data.set(input)
    teacher.network.forward(batch, 'infer')
    return {
      ...score,
      loss: this.#samples.distill(logits, teacher.network.logits.data, batch, teacher, score.loss),
    }
  }

  #diverged(what: string, learningRate: number): OctetError {
    const { optimizer } = this.#options
    const epoch = Math.floor(this.#step / this.stepsPerEpoch)
    return new OctetError(
      `${what} at step ${this.#step} of ${this.totalSteps}, in epoch ${epoch} (learning rate ${learningRate})`,
      this.#step === 0
        ? 'check the samples, the normalizer and the weights for values that are not finite'
        : `lower the learning rate (it peaks at ${optimizer.learningRate}) or lengthen the warm-up`,
    )
  }
}

/** Called during training. A promise is awaited, so a caller can pause, show progress, or throw to stop. */
export interface TrainHooks {
  readonly onStep?: (report: StepReport, trainer: Trainer) => void | Promise<void>
  readonly onEpoch?: (report: EpochReport, trainer: Trainer) => void | Promise<void>
}

/**
 * Trains a graph for all its epochs and returns it with new parameters. The given graph does not change. `kernels`
 * compute the parts that they support, and this package's loops compute the rest.
 * @throws OctetError as `Trainer` does.
 */
export async function train(
  graph: Graph,
  data: TrainingData,
  options: TrainOptions & TrainHooks,
  kernels?: TrainingKernels,
): Promise<{ graph: Graph; history: History }> {
  const network = new Network(graph, Math.max(1, Math.min(options.batchSize, data.x.shape[0])), kernels)
  const trainer = new Trainer(network, data, options)
  const steps: StepReport[] = []
  const epochs: EpochReport[] = []
  for (let epoch = 0; trainer.step < trainer.totalSteps; epoch++) {
    const first = steps.length
    const end = Math.min(trainer.totalSteps, first + trainer.stepsPerEpoch)
    while (trainer.step < end) {
      const report = trainer.next()
      steps.push(report)
      await options.onStep?.(report, trainer)
    }
    const report = { epoch, ...mean(steps.slice(first)) }
    epochs.push(report)
    await options.onEpoch?.(report, trainer)
  }
  return { graph: network.graph(), history: { steps, epochs } }
}

function mean(steps: readonly StepReport[]): { loss: number; accuracy?: number } {
  const loss = steps.reduce((sum, step) => sum + step.loss, 0) / steps.length
  const shares = steps.flatMap(({ accuracy }) => accuracy ?? [])
  const accuracy = shares.reduce((sum, share) => sum + share, 0) / steps.length
  return { loss, ...(shares.length > 0 && { accuracy }) }
}

function isFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false
  return true
}
