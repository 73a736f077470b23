import { type Decision, elements, OctetError } from '@octet/core'
import type { Value } from '@octet/core/training'
import { crossEntropy, UNLABELLED } from './cross-entropy.ts'
import type { Distillation, Loss } from './loss.ts'

/** Probabilities are kept this far from 0 and 1, where their logits are infinite. */
const MARGIN = 1e-7

/**
 * Binary cross-entropy: -t log p - (1 - t) log(1 - p), where p is the chance of a yes. Two outputs are two classes, and
 * the logit is their difference. With one output, a final Sigmoid is part of the network, and the loss reads its
 * probabilities.
 */
export function binaryCrossEntropy(decision: Decision | undefined): Loss {
  const one = decision?.outputs === 'probabilities' ? PROBABILITIES : LOGITS
  const isOne = ({ shape }: Value): boolean => elements(shape) === 1
  return {
    width: () => 1,
    check(labels, _, { unlabelled }) {
      const bad = labels.findIndex(
        (label) => label !== 0 && label !== 1 && !(unlabelled && label === UNLABELLED),
      )
      if (bad >= 0) throw new OctetError(`sample ${bad} has label ${labels[bad]}, neither 0 nor 1`)
    },
    score(logits, labels, batch, smoothing) {
      if (!isOne(logits)) return crossEntropy.score(logits, labels, batch, smoothing)
      const given = labels.subarray(0, batch)
      const labelled = given.filter((label: number) => label !== UNLABELLED).length
      let [total, correct] = [0, 0]
      for (const [i, label] of given.entries()) {
        if (logits.grad !== null) logits.grad[i] = 0
        if (label === UNLABELLED) continue
        const z = one.logit(logits.data[i])
        const target = (1 - smoothing) * label + smoothing / 2
        total += divergence(target, z)
        correct += Number(z >= 0 === (label === 1))
        if (logits.grad !== null)
          logits.grad[i] = ((sigmoid(z) - target) * one.slope(logits.data[i])) / labelled
      }
      return { loss: labelled === 0 ? 0 : total / labelled, correct, labelled }
    },
    distill(logits, teacher, batch, options, loss) {
      return isOne(logits)
        ? distilled(logits, teacher, batch, options, loss, one)
        : crossEntropy.distill(logits, teacher, batch, options, loss)
    },
  }
}

/** The conversion of outputs to logits, and its derivative. */
interface Scale {
  logit(output: number): number
  slope(output: number): number
}

const LOGITS: Scale = { logit: (output) => output, slope: () => 1 }
const inside = (p: number): number => Math.min(1 - MARGIN, Math.max(MARGIN, p))
const PROBABILITIES: Scale = {
  logit: (output) => Math.log(inside(output) / (1 - inside(output))),
  slope: (output) => 1 / (inside(output) * (1 - inside(output))),
}

/** T^2 times KL(teacher || student) of their chances, both softened by the temperature T. */
function distilled(
  { data, grad }: Value,
  teacher: Float32Array,
  batch: number,
  { weight, temperature = 1 }: Distillation,
  loss: number,
  one: Scale,
): number {
  let total = 0
  for (let i = 0; i < batch; i++) {
    const [ours, theirs] = [data[i], teacher[i]].map((output) => one.logit(output) / temperature)
    const target = sigmoid(theirs)
    total += divergence(target, ours) - divergence(target, theirs)
    if (grad !== null)
      grad[i] =
        (1 - weight) * grad[i] +
        (weight * temperature * (sigmoid(ours) - target) * one.slope(data[i])) / batch
  }
  return (1 - weight) * loss + (weight * temperature * temperature * total) / batch
}

/** -t log p - (1 - t) log(1 - p) for p = sigmoid(z), without overflow. */
function divergence(target: number, z: number): number {
  return Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)))
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z))
}
