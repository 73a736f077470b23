import { elements } from '@octet/core'
import { distill, type Distillation } from '../loss/distillation.ts'
import type { Trainable } from '../network.ts'
import { Samples, type TrainingData } from '../samples.ts'

/** What a network is worth on validation samples. */
export interface Judgement {
  /** Share of the labelled samples that are classified correctly; 0 without any. */
  readonly accuracy: number
  /** Mean of what is trained for, in nats: cross-entropy, the divergence from the FP32 model's answers, or both. */
  readonly loss: number
}

/** Samples that a network in training is judged by again and again. The teacher answers them once. */
export class Validator {
  readonly #network: Trainable
  readonly #samples: Samples
  readonly #order: Int32Array
  readonly #distillation: Distillation | undefined
  /** The teacher's logits, batch by batch. */
  readonly #answers: readonly Float32Array[]

  /** @throws OctetError where network and data do not fit. */
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
    const all = { loss: 0, correct: 0, labelled: 0 }
    for (const { batch, index } of this.#batches(this.#network)) {
      const { loss, correct, labelled } = this.#samples.score(logits, batch)
      const whole =
        this.#distillation === undefined
          ? loss
          : distill(logits, this.#answers[index], batch, this.#distillation, loss)
      all.loss += whole * batch
      all.correct += correct
      all.labelled += labelled
    }
    return {
      accuracy: all.labelled === 0 ? 0 : all.correct / all.labelled,
      loss: all.loss / this.#samples.count,
    }
  }

  /** Runs a network over all samples, a batch at a time; its logits are copied. */
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
