import { elements, type Shape } from '@octet/core'
import {
  concat,
  conv,
  conversion,
  depthwise,
  elementwise,
  gemm,
  matMul,
  normalize,
  type Origin,
  pointwise,
  pool,
  reshape,
  softmax,
} from './define.ts'
import type { Problem, Suite } from './problem.ts'

const IMAGE: Shape = [1, 64, 28, 28]

/** Every named problem, at batch 1. A layer that two models share is here once. */
export const PROBLEMS: readonly Problem[] = [
  gemm([128, 128, 128], { suite: 'gemm' }),
  gemm([256, 256, 256], { suite: 'gemm', core: true }),
  gemm([512, 512, 512], { suite: 'gemm', core: true, models: ['transformer'] }),
  gemm([1024, 1024, 1024], { suite: 'gemm', models: ['transformer'] }),
  gemm([2048, 2048, 2048], { suite: 'gemm', models: ['transformer'] }),
  gemm([1, 1024, 1024], { suite: 'gemm', core: true, models: ['transformer'] }),
  gemm([1, 4096, 1024], { suite: 'gemm', models: ['transformer'] }),
  gemm([1, 4096, 4096], { suite: 'gemm', models: ['transformer'] }),
  matMul([128, 128, 128], { suite: 'gemm', core: true }),
  matMul([197, 64, 197], { suite: 'gemm', models: ['transformer'] }),

  conv([1, 1, 28, 28], { kernel: [3, 3], outputs: 8 }, layerOf('mnist-cnn')),
  conv([1, 8, 14, 14], { kernel: [3, 3], outputs: 16 }, layerOf('mnist-cnn')),
  gemm([1, 784, 10], layerOf('mnist-cnn')),

  conv(
    [1, 1, 28, 28],
    { kernel: [3, 3], outputs: 16, stride: 2, pads: [1, 1, 1, 1] },
    layerOf('fashion-mobilenet'),
  ),
  depthwise([1, 16, 14, 14], 1, layerOf('fashion-mobilenet')),
  pointwise([1, 16, 14, 14], 32, layerOf('fashion-mobilenet')),
  depthwise([1, 32, 14, 14], 2, layerOf('fashion-mobilenet'), [1, 1, 1, 1]),
  pointwise([1, 32, 7, 7], 48, layerOf('fashion-mobilenet')),
  depthwise([1, 48, 7, 7], 1, layerOf('fashion-mobilenet')),
  pointwise([1, 48, 7, 7], 64, layerOf('fashion-mobilenet')),
  depthwise([1, 64, 7, 7], 1, layerOf('fashion-mobilenet')),
  pointwise([1, 64, 7, 7], 64, coreLayerOf('fashion-mobilenet')),
  gemm([1, 64, 10], layerOf('fashion-mobilenet', 'ResNet-8')),

  gemm([1, 8, 48], layerOf('weather-mlp')),
  gemm([1, 48, 32], coreLayerOf('weather-mlp')),
  gemm([1, 32, 5], layerOf('weather-mlp')),

  // The two image models and the sound model of MLPerf Tiny.
  conv([1, 3, 32, 32], { kernel: [3, 3], outputs: 16 }, layerOf('ResNet-8')),
  conv([1, 16, 32, 32], { kernel: [3, 3], outputs: 16 }, coreLayerOf('ResNet-8')),
  conv([1, 16, 32, 32], { kernel: [3, 3], outputs: 32, stride: 2 }, layerOf('ResNet-8')),
  conv([1, 32, 16, 16], { kernel: [3, 3], outputs: 32 }, coreLayerOf('ResNet-8')),
  conv([1, 16, 32, 32], { kernel: [1, 1], outputs: 32, stride: 2 }, layerOf('ResNet-8')),
  conv([1, 32, 16, 16], { kernel: [3, 3], outputs: 64, stride: 2 }, layerOf('ResNet-8')),
  conv([1, 64, 8, 8], { kernel: [3, 3], outputs: 64 }, coreLayerOf('ResNet-8')),
  conv([1, 32, 16, 16], { kernel: [1, 1], outputs: 64, stride: 2 }, layerOf('ResNet-8')),

  conv([1, 1, 49, 10], { kernel: [10, 4], outputs: 64, stride: 2, pads: [4, 1, 5, 1] }, layerOf('DS-CNN')),
  depthwise([1, 64, 25, 5], 1, coreLayerOf('DS-CNN')),
  pointwise([1, 64, 25, 5], 64, coreLayerOf('DS-CNN')),
  gemm([1, 64, 12], layerOf('DS-CNN')),

  // MobileNet v1 at 224 pixels (Howard et al., 2017): one layer of each kind and depth.
  conv([1, 3, 224, 224], { kernel: [3, 3], outputs: 32, stride: 2 }, layerOf('MobileNet')),
  depthwise([1, 32, 112, 112], 1, layerOf('MobileNet')),
  pointwise([1, 32, 112, 112], 64, layerOf('MobileNet')),
  depthwise([1, 64, 112, 112], 2, layerOf('MobileNet')),
  pointwise([1, 128, 56, 56], 128, layerOf('MobileNet')),
  pointwise([1, 256, 28, 28], 256, layerOf('MobileNet')),
  depthwise([1, 512, 14, 14], 1, coreLayerOf('MobileNet')),
  pointwise([1, 512, 14, 14], 512, coreLayerOf('MobileNet')),
  pointwise([1, 1024, 7, 7], 1024, layerOf('MobileNet')),
  gemm([1, 1024, 1000], layerOf('MobileNet')),

  pool('MaxPool', IMAGE, 2, 2),
  pool('AveragePool', IMAGE, 28, 1),
  elementwise('Add', IMAGE),
  elementwise('Mul', IMAGE),
  elementwise('Clip', IMAGE),
  elementwise('HardSwish', IMAGE),
  concat(IMAGE),
  reshape(IMAGE, [1, elements(IMAGE)]),
  softmax([64, 128]),
  normalize(IMAGE),
  conversion('QuantizeLinear', IMAGE),
  conversion('DequantizeLinear', IMAGE),
]

/** The problems of a suite. */
export function problemsOf(suite: Suite): readonly Problem[] {
  if (suite === 'all') return PROBLEMS
  return PROBLEMS.filter((one) => (suite === 'core' ? one.core : one.suite === suite))
}

function layerOf(...models: readonly string[]): Origin {
  return { suite: 'layers', models }
}

function coreLayerOf(...models: readonly string[]): Origin {
  return { ...layerOf(...models), core: true }
}
