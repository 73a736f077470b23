import {
  type Decision,
  elements,
  type Labels,
  type Normalizer,
  OctetError,
  sameShape,
  type TaskId,
  TASKS,
  type Tensor,
} from '@octet/core'
import type { Value } from '@octet/core/training'
import { UNLABELLED } from './loss/cross-entropy.ts'
import type { Distillation, Loss, Score } from './loss/loss.ts'
import { LOSSES } from './loss/losses.ts'
import type { Trainable } from './network.ts'

/** Labelled samples as a sensor delivers them. */
export interface TrainingData {
  /** Samples [N, ...] with the graph's input shape behind the N. */
  readonly x: Tensor<'float32' | 'uint8' | 'int8'>
  /**
   * The task's labels of consecutive samples. In classification they are classes, counted from 0, or -1 for a sample
   * without a label, which only distillation can use.
   */
  readonly y: Labels
  /** Default `classification`. */
  readonly task?: TaskId
  /** For a task that decides: the threshold of a yes, and the kind of the outputs. */
  readonly decision?: Decision
  /** Applied to `x`. Without it, the graph reads `x` unchanged. */
  readonly normalizer?: Normalizer
}

/** Labelled samples that are checked against a network and ready to be loaded into it. */
export class Samples {
  readonly count: number
  readonly #data: TrainingData
  readonly #loss: Loss
  readonly #outputs: number
  /** The number of values in a label. */
  readonly #width: number
  /** The labels of the samples from the last `load`. */
  readonly #labels: Labels
  readonly #size: number
  readonly #offset: Float32Array
  readonly #scale: Float32Array

  /** @throws OctetError if shapes, counts or labels do not fit the network. */
  constructor(
    data: TrainingData,
    { input, logits, capacity }: Trainable,
    { unlabelled = false }: { readonly unlabelled?: boolean } = {},
  ) {
    const { x, y, normalizer, task = 'classification', decision } = data
    if (!sameShape(x.shape.slice(1), input.shape))
      throw new OctetError(
        `samples of shape [${x.shape.slice(1).join(', ')}] do not fit the input "${input.name}" ` +
          `[${input.shape.join(', ')}]`,
      )
    if (x.shape[0] === 0) throw new OctetError('there are no samples')
    const learned = LOSSES[task]
    if ('untrained' in learned) throw new OctetError(`the model ${learned.untrained}`)
    const loss = learned(decision)
    this.#outputs = elements(logits.shape)
    this.#width = loss.width(this.#outputs)
    this.count = x.shape[0]
    if (y.length !== this.count * this.#width)
      throw new OctetError(
        `${this.count} samples came with ${y.length} labels` +
          (this.#width === 1 ? '' : `, and each needs ${this.#width}`),
      )
    loss.check(y, this.#outputs, { unlabelled })
    this.#loss = loss
    this.#labels = y.slice(0, capacity * this.#width)
    this.#data = data
    this.#size = elements(input.shape)
    const perElement = (values: Float32Array | undefined, neutral: number): Float32Array => {
      const channels = values?.length ?? 1
      if (channels !== 1 && channels !== input.shape[0])
        throw new OctetError(
          `a normalizer for ${channels} channels does not fit an input of ${input.shape[0]}`,
        )
      return Float32Array.from({ length: this.#size }, (_, i) =>
        values === undefined ? neutral : values[Math.floor((i * channels) / this.#size)],
      )
    }
    this.#offset = perElement(normalizer?.offset, 0)
    this.#scale = perElement(normalizer?.scale, 1)
  }

  /** Copies samples `order[from]` ... `order[from + batch - 1]` to `input`, normalized. */
  load(order: Int32Array, from: number, batch: number, input: Float32Array): void {
    const { x, y } = this.#data
    for (let i = 0; i < batch; i++) {
      const sample = order[from + i]
      this.#labels.set(y.subarray(sample * this.#width, (sample + 1) * this.#width), i * this.#width)
      normalize(input, i * this.#size, x.data, sample * this.#size, this.#offset, this.#scale)
    }
  }

  /** Judges outputs for the samples from the last `load` with the loss of their task. */
  score(logits: Value, batch: number, smoothing = 0): Score {
    return this.#loss.score(logits, this.#labels, batch, smoothing)
  }

  /** Adds a teacher's outputs for the same samples to the loss. */
  distill(logits: Value, teacher: Float32Array, batch: number, how: Distillation, loss: number): number {
    return this.#loss.distill(logits, teacher, batch, how, loss)
  }

  /**
   * The task's metric of outputs for all samples in their order, over the samples with labels; 0 if no sample has one.
   */
  valueOf(outputs: Float32Array): number {
    const { y, task = 'classification', decision } = this.#data
    const has = (sample: number): boolean =>
      this.#width > 1 || y[sample] !== UNLABELLED || task === 'regression'
    const rows = Array.from({ length: this.count }, (_, sample) => sample).filter(has)
    if (rows.length === 0 || task === 'none') return 0
    const part = (values: Labels, width: number): Float32Array => {
      const chosen = new Float32Array(rows.length * width)
      rows.forEach((row, i) => chosen.set(values.subarray(row * width, (row + 1) * width), i * width))
      return chosen
    }
    return TASKS[task].tally(part(outputs, this.#outputs), part(y, this.#width), rows.length, decision).value
  }
}

/** Normalizes one sample by the offset and scale of each of its elements. */
function normalize(
  input: Float32Array,
  to: number,
  x: ArrayLike<number>,
  from: number,
  offset: Float32Array,
  scale: Float32Array,
): void {
  for (let e = 0; e < scale.length; e++) input[to + e] = Math.fround(x[from + e] - offset[e]) * scale[e]
}
