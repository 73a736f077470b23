import { describe, expect, test } from 'vitest'
import { Random } from '@octet/core/statistics'
import { UNLABELLED } from '../src/loss/cross-entropy.ts'
import { binaryCrossEntropy } from '../src/loss/binary.ts'
import type { Distillation, Loss } from '../src/loss/loss.ts'
import { squaredError } from '../src/loss/squared-error.ts'

const LOGITS = binaryCrossEntropy({ threshold: 0.5, outputs: 'logits' })
const PROBABILITIES = binaryCrossEntropy({ threshold: 0.5, outputs: 'probabilities' })
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

/** What a loss makes of some outputs, and whether its gradient is the slope of that. */
function judge(
  loss: Loss,
  { width, outputs, labels }: { width: number; outputs: readonly number[]; labels: readonly number[] },
  teacher?: Distillation & { readonly outputs: readonly number[] },
): number {
  // In float64, as differences of float32 would be noise.
  const data = Float64Array.from(outputs) as unknown as Float32Array
  const grad = new Float64Array(outputs.length) as unknown as Float32Array
  const batch = outputs.length / width
  const of = (into: Float32Array | null): number => {
    const value = { name: 'z', shape: [width], batched: true, data, grad: into }
    const own = loss.score(value, Int32Array.from(labels), batch, 0).loss
    return teacher === undefined
      ? own
      : loss.distill(
          value,
          Float64Array.from(teacher.outputs) as unknown as Float32Array,
          batch,
          teacher,
          own,
        )
  }
  const total = of(grad)
  for (const [i, kept] of outputs.entries()) {
    const [above, below] = [1e-5, -1e-5].map((by) => {
      data[i] = kept + by
      return of(null)
    })
    data[i] = kept
    expect(grad[i]).toBeCloseTo((above - below) / 2e-5, 6)
  }
  return total
}

describe('binary cross-entropy', () => {
  const z = [-2, 0.5, 3]
  const labels = [0, 1, 0]
  const plain = -(Math.log(1 - sigmoid(-2)) + Math.log(sigmoid(0.5)) + Math.log(1 - sigmoid(3))) / 3

  test('of one logit, one probability or two logits is one number, with its gradient', () => {
    const margins = z.flatMap((one) => [0.25, 0.25 + one])
    expect(judge(LOGITS, { width: 1, outputs: z, labels })).toBeCloseTo(plain, 12)
    expect(judge(PROBABILITIES, { width: 1, outputs: z.map(sigmoid), labels })).toBeCloseTo(plain, 12)
    expect(judge(LOGITS, { width: 2, outputs: margins, labels })).toBeCloseTo(plain, 12)
  })

  test('learns nothing from a sample without a label, and knows no labels but 0 and 1', () => {
    const some = judge(LOGITS, { width: 1, outputs: z, labels: [0, UNLABELLED, 0] })
    expect(some).toBeCloseTo(-(Math.log(1 - sigmoid(-2)) + Math.log(1 - sigmoid(3))) / 2, 12)
    expect(() => LOGITS.check(Int32Array.of(0, 2), 1, { unlabelled: false })).toThrow('sample 1 has label 2')
  })

  test("has the divergence from a teacher's chances, which is 0 where they are the student's", () => {
    const softened = { weight: 0.5, temperature: 2, outputs: [1, -1, 0] }
    const both = judge(LOGITS, { width: 1, outputs: z, labels }, softened)
    const kl = z.map((one, i) => {
      const [p, q] = [softened.outputs[i], one].map((logit) => sigmoid(logit / 2))
      return p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q))
    })
    expect(both).toBeCloseTo(0.5 * plain + (0.5 * 4 * kl.reduce((a, b) => a + b, 0)) / 3, 12)
    const probabilities = { ...softened, outputs: softened.outputs.map(sigmoid) }
    expect(judge(PROBABILITIES, { width: 1, outputs: z.map(sigmoid), labels }, probabilities)).toBeCloseTo(
      both,
      12,
    )
    expect(judge(LOGITS, { width: 1, outputs: z, labels }, { weight: 1, outputs: z })).toBeCloseTo(0, 12)
  })
})

test('squared error is the mean over samples and outputs, from labels and from a teacher', () => {
  const random = new Random(4)
  const drawn = (): number[] => Array.from({ length: 6 }, () => random.uniform())
  const [outputs, theirs] = [drawn(), drawn()]
  const labels = [1, 0, 2, 0, 1, 0]
  const mean = (truth: readonly number[]): number =>
    outputs.reduce((sum, one, i) => sum + (one - truth[i]) ** 2, 0) / 6
  const samples = { width: 2, outputs, labels }
  expect(judge(squaredError, samples)).toBeCloseTo(mean(labels), 12)
  const taught = judge(squaredError, samples, { weight: 0.75, outputs: theirs })
  expect(taught).toBeCloseTo(0.25 * mean(labels) + 0.75 * mean(theirs), 12)
  expect([squaredError.width(2), LOGITS.width(2)]).toEqual([2, 1])
})
