import { type Graph, OctetError } from '@octet/core'
import type { TrainingKernels } from '@octet/core/training'
import { Network, type Trainable } from './network.ts'
import { Samples, type TrainingData } from './samples.ts'

export interface Evaluation {
  /** The share of samples whose largest logit is at their label. */
  readonly accuracy: number
  readonly correct: number
  readonly samples: number
  /** The mean cross-entropy, in nats. */
  readonly loss: number
}

/** The number of samples that are computed at a time. */
const BATCH = 64

/**
 * Runs a classifier over labelled samples in float32, with the running statistics of BatchNormalization.
 * @throws OctetError if graph and data do not fit.
 */
export function evaluate(graph: Graph, data: TrainingData, kernels?: TrainingKernels): Evaluation {
  return assess(new Network(graph, Math.max(1, Math.min(BATCH, data.x.shape[0])), kernels), data)
}

/**
 * Runs a network over labelled samples in mode `infer`.
 * @throws OctetError if network and data do not fit, or if answers cannot be right or wrong.
 */
export function assess(network: Trainable, data: TrainingData): Evaluation {
  const samples = new Samples(data, network)
  const order = Int32Array.from({ length: samples.count }, (_, i) => i)
  let correct = 0
  let loss = 0
  for (let from = 0; from < samples.count; from += network.capacity) {
    const batch = Math.min(network.capacity, samples.count - from)
    samples.load(order, from, batch, network.input.data)
    network.forward(batch, 'infer')
    const score = samples.score(network.logits, batch)
    if (score.correct === undefined) throw new OctetError('answers that are quantities have no accuracy')
    correct += score.correct
    loss += score.loss * batch
  }
  return { accuracy: correct / samples.count, correct, samples: samples.count, loss: loss / samples.count }
}
