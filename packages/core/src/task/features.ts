import { bootstrapInterval, samplesForLoss } from '../statistics/bootstrap.ts'
import type { ScoredTask } from './task.ts'

const COSINE = { name: '', factor: 1, decimals: 4 } as const

/**
 * Features, such as an embedding that another model reads or whose direction is compared. The metric is the mean over
 * samples of the cosine of the angle between the model's outputs and FP32's. It needs no labels. At the default goal
 * the mean cosine is 0.99, an angle of 8 degrees.
 */
export const features: ScoredTask<'features', 'cosine'> = {
  id: 'features',
  truth: 'fp32',
  metric: "cosine to FP32's outputs",
  noun: 'cosine',
  nouns: 'cosines',
  higherIsBetter: true,
  unit: 'cosine',
  value: COSINE,
  loss: { ...COSINE, noun: 'distance', decimals: 3, significant: true },
  goal: 0.01,
  goalUnit: COSINE,
  beside: {},
  unfit: (outputs) => (outputs < 2 ? 'has one output, of whose direction only the sign is left' : undefined),
  describe: (outputs) => `features, ${outputs} outputs`,
  answer: () => undefined,
  tally(outputs, fp32, samples) {
    const width = fp32.length / samples
    const marks = Float64Array.from({ length: samples }, (_, sample) =>
      cosine(
        outputs.subarray(sample * width, (sample + 1) * width),
        fp32.subarray(sample * width, (sample + 1) * width),
      ),
    )
    return { samples, marks, value: marks.reduce((sum, mark) => sum + mark, 0) / samples }
  },
  lossOf: ({ marks, value, samples }, fp32) => ({
    loss: fp32.value - value,
    ci95: bootstrapInterval(samples, (rows) => {
      let sum = 0
      for (const row of rows) sum += fp32.marks[row] - marks[row]
      return sum / samples
    }),
    samples,
  }),
  samplesToShow: samplesForLoss,
}

/** The cosine of the angle between two vectors: 1 for two zero vectors, 0 if only one of them is zero. */
function cosine(a: Float32Array, b: ArrayLike<number>): number {
  let [product, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i]
    aa += a[i] ** 2
    bb += b[i] ** 2
  }
  if (aa === 0 && bb === 0) return 1
  if (aa === 0 || bb === 0) return 0
  return Math.min(1, product / Math.sqrt(aa * bb))
}
