import { GraphBuilder } from '@octet/train'
import type { Recipe } from './recipe.ts'

const SEED = 1

/** conv8 - pool - conv16 - pool - dense, 9,098 parameters. */
export const mnistCnn: Recipe = {
  id: 'mnist-cnn',
  graph: () =>
    new GraphBuilder('mnist-cnn', [1, 28, 28], SEED)
      .conv(8, { kernel: 3, pad: 1 })
      .relu()
      .maxPool({ kernel: 2 })
      .conv(16, { kernel: 3, pad: 1 })
      .relu()
      .maxPool({ kernel: 2 })
      .flatten()
      .gemm(10)
      .graph(),
  options: {
    seed: SEED,
    epochs: 6,
    batchSize: 64,
    optimizer: { kind: 'adam', learningRate: 4e-3, weightDecay: 1e-2 },
    schedule: { kind: 'cosine', warmupSteps: 200 },
  },
}
