import { elements } from '@octet/core'
import type { Distillation } from '../loss/loss.ts'
import type { Trainable } from '../network.ts'
import { Samples, type TrainingData } from '../samples.ts'

/** The quality of a network on validation samples. */
export interface Judgement {
  /** The task's metric over the labelled samples; 0 without any. */
  readonly value: number
  /**
   * The mean of the trained loss: the labels' loss, the distance from the FP32 model's answers, or both. For answers of
   * a few kinds it is in nats.
   */
  readonly loss: number
}

/** Samples that repeatedly judge a network in training. The teacher answers them once. */
export class Validator {
  readonly #network: Trainable
  readonly #samples: Samples
  readonly #order: Int32Array
  readonly #distillation: Distillation | undefined
  /** The teacher's logits, batch by batch. */
  readonly #answers: readonly Float32Array[]

  /** @throws OctetError if network and data do not fit. */
  constructor(
    network: Trainable,
    data: TrainingData,
    teacher: (Distillation & { readonly network: Trainable }) | undefined,
  ) {
    this.#network = network
    this.#samples = new Samples(data, network, { unlabelled: teacher !== undefined })
    this.#order = Int32Array.from({ length: this.#samples.count }, (_, i) => i)
    this.#distillation = teacher
    this.#answers =
      teacher === undefined ? [] : Array.from(this.#batches(teacher.network), ({ logits }) => logits)
  }

  validate(): Judgement {
    const { logits } = this.#network
    const outputs = new Float32Array(this.#samples.count * elements(logits.shape))
    let [total, filled] = [0, 0]
    for (const { batch, index, logits: given } of this.#batches(this.#network)) {
      const { loss } = this.#samples.score(logits, batch)
      const whole =
        this.#distillation === undefined
          ? loss
          : this.#samples.distill(logits, this.#answers[index], batch, this.#distillation, loss)
      total += whole * batch
      outputs.set(given, filled)
      filled += given.length
    }
    return { value: this.#samples.valueOf(outputs), loss: total / this.#samples.count }
  }

  /** Runs a network over all samples, a batch at a time, and copies its logits. */
  *#batches(network: Trainable): Generator<{ batch: number; index: number; logits: Float32Array }> {
    const classes = elements(network.logits.shape)
    const { capacity } = this.#network
    for (let from = 0, index = 0; from < this.#samples.count; from += capacity, index++) {
      const batch = Math.min(capacity, this.#samples.count - from)
      this.#samples.load(this.#order, from, batch, network.input.data)
      network.forward(batch, 'infer')
      yield { batch, index, logits: network.logits.data.slice(0, batch * classes) }
    }
  }
}
