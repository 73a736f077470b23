import { OctetError } from '../error.ts'
import type { Graph } from '../model/graph.ts'
import { softmaxCrossEntropy } from './loss.ts'
import { Network } from './network.ts'
import { optimizerOf, type Optimizer, type OptimizerOptions } from './optimizer.ts'
import { Random } from './random.ts'
import { Samples, type TrainingData } from './samples.ts'
import { learningRateAt, type Schedule } from './schedule.ts'

export interface TrainOptions {
  readonly epochs: number
  readonly batchSize: number
  readonly optimizer: OptimizerOptions
  /** Default: constant. */
  readonly schedule?: Schedule
  /** Decides the order of the samples. */
  readonly seed: number
  /** Share of each target spread evenly over all classes, 0 to 1. Default 0. */
  readonly labelSmoothing?: number
}

/** One update of the parameters. */
export interface StepReport {
  /** Counted from 0 over the whole training. */
  readonly step: number
  /** Mean loss of the batch before the update, in nats. */
  readonly loss: number
  readonly learningRate: number
  /** Share of the batch that was classified correctly, before the update. */
  readonly accuracy: number
}

/** One pass over the samples: means over its steps. */
export interface EpochReport {
  /** Counted from 0. */
  readonly epoch: number
  readonly loss: number
  readonly accuracy: number
}

export interface History {
  readonly steps: readonly StepReport[]
  readonly epochs: readonly EpochReport[]
}

/**
 * Trains a graph step by step. The same graph, data, options and seed give the same bits, except that Math.exp,
 * Math.log and Math.cos may differ in the last bit between JavaScript engines. Each epoch is a new seeded order of all samples cut
 * into whole batches; the few left over wait for another epoch.
 */
export class Trainer {
  readonly stepsPerEpoch: number
  readonly totalSteps: number
  readonly #options: TrainOptions
  readonly #network: Network
  readonly #samples: Samples
  readonly #optimize: Optimizer
  readonly #order: Int32Array
  readonly #labels: Int32Array
  readonly #batch: number
  #step = 0

  /** @throws OctetError where the graph cannot be trained, or data or options do not fit. */
  constructor(graph: Graph, data: TrainingData, options: TrainOptions) {
    for (const name of ['epochs', 'batchSize'] as const) {
      const value = options[name]
      if (!Number.isInteger(value) || value < 1)
        throw new OctetError(`${name} must be a whole number of 1 or more, it is ${value}`)
    }
    this.#options = options
    this.#batch = Math.max(1, Math.min(options.batchSize, data.y.length))
    this.#network = new Network(graph, this.#batch)
    this.#samples = new Samples(data, this.#network)
    this.#optimize = optimizerOf(options.optimizer, this.#network.parameters)
    this.#order = new Int32Array(data.y.length)
    this.#labels = new Int32Array(this.#batch)
    this.stepsPerEpoch = Math.floor(data.y.length / this.#batch)
    this.totalSteps = this.stepsPerEpoch * options.epochs
  }

  /** Steps taken so far. */
  get step(): number {
    return this.#step
  }

  /** The graph as trained so far; a copy. */
  graph(): Graph {
    return this.#network.graph()
  }

  /**
   * Takes the next step.
   * @throws OctetError when the loss is not finite; the parameters are then those before the step.
   */
  next(): StepReport {
    const { optimizer, schedule = { kind: 'constant' }, seed, labelSmoothing = 0 } = this.#options
    const batch = this.#batch
    const step = this.#step
    const position = step % this.stepsPerEpoch
    if (position === 0) {
      for (let i = 0; i < this.#order.length; i++) this.#order[i] = i
      new Random(seed, step / this.stepsPerEpoch).shuffle(this.#order)
    }
    const { input, logits } = this.#network
    this.#samples.load(this.#order, position * batch, batch, input.data, this.#labels)
    this.#network.forward(batch, 'train')
    const { loss, correct } = softmaxCrossEntropy(logits, this.#labels, batch, labelSmoothing)
    const learningRate = learningRateAt(schedule, optimizer.learningRate, step, this.totalSteps)
    if (!Number.isFinite(loss))
      throw new OctetError(
        `the loss became ${loss} at step ${step} of ${this.totalSteps} (learning rate ${learningRate})`,
        step === 0
          ? 'check the samples, the normalizer and the weights for values that are not finite'
          : `lower the learning rate (it peaks at ${optimizer.learningRate}) or lengthen the warm-up`,
      )
    this.#network.backward(batch)
    this.#optimize(learningRate)
    this.#step++
    return { step, loss, learningRate, accuracy: correct / batch }
  }
}

/** Called as training goes on; a promise is waited for, so a caller can pause, show progress, or stop by throwing. */
export interface TrainHooks {
  readonly onStep?: (report: StepReport, trainer: Trainer) => void | Promise<void>
  readonly onEpoch?: (report: EpochReport, trainer: Trainer) => void | Promise<void>
}

/**
 * Trains a graph for all its epochs and returns it with new parameters; the given graph stays as it was.
 * @throws OctetError as `Trainer` does.
 */
export async function train(
  graph: Graph,
  data: TrainingData,
  options: TrainOptions & TrainHooks,
): Promise<{ graph: Graph; history: History }> {
  const trainer = new Trainer(graph, data, options)
  const steps: StepReport[] = []
  const epochs: EpochReport[] = []
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const first = steps.length
    for (let i = 0; i < trainer.stepsPerEpoch; i++) {
      const report = trainer.next()
      steps.push(report)
      await options.onStep?.(report, trainer)
    }
    const report = { epoch, ...mean(steps.slice(first)) }
    epochs.push(report)
    await options.onEpoch?.(report, trainer)
  }
  return { graph: trainer.graph(), history: { steps, epochs } }
}

function mean(steps: readonly StepReport[]): { loss: number; accuracy: number } {
  const total = { loss: 0, accuracy: 0 }
  for (const step of steps) {
    total.loss += step.loss
    total.accuracy += step.accuracy
  }
  return { loss: total.loss / steps.length, accuracy: total.accuracy / steps.length }
}
