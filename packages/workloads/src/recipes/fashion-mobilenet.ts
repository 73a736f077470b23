import { GraphBuilder } from '@octet/train'
import type { Recipe } from './recipe.ts'

const SEED = 1

/** [filters, stride] of each depthwise-separable block. */
const BLOCKS = [
  [32, 1],
  [48, 2],
  [64, 1],
  [64, 1],
] as const

/**
 * A small MobileNet v1 (Howard et al. 2017): a strided Conv, then blocks of depthwise 3x3 and pointwise 1x1, each with
 * BatchNormalization and ReLU6; about 0.65 million multiplications per picture.
 */
export const fashionMobilenet: Recipe = {
  id: 'fashion-mobilenet',
  graph() {
    const net = new GraphBuilder('fashion-mobilenet', [1, 28, 28], SEED)
    net.conv(16, { kernel: 3, stride: 2, pad: 1, bias: false }).batchNormalization().clip(0, 6)
    for (const [filters, stride] of BLOCKS) {
      net.depthwise({ kernel: 3, stride, pad: 1, bias: false }).batchNormalization().clip(0, 6)
      net.conv(filters, { kernel: 1, bias: false }).batchNormalization().clip(0, 6)
    }
    return net.globalAveragePool().flatten().gemm(10).graph()
  },
  options: {
    seed: SEED,
    epochs: 5,
    batchSize: 64,
    optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 },
    schedule: { kind: 'cosine', warmupSteps: 400 },
  },
}
