import {
  AFFINE_INT8,
  Calibration,
  type Graph,
  modelOf,
  type QuantizedModel,
  SYMMETRIC_INT8,
  tensor,
  type Tensor,
  type Transforms,
} from '@octet/core'
import { Random } from '@octet/core/statistics'
import { GraphBuilder, type TrainingData } from '../../src/index.ts'

/** Bright bars, horizontal or vertical, on noise: two classes of [1, 8, 8], as bytes. */
export function bars(count: number, seed: number): TrainingData & { readonly x: Tensor<'uint8'> } {
  const random = new Random(seed)
  const x = tensor(
    'uint8',
    [count, 1, 8, 8],
    Uint8Array.from({ length: count * 64 }, () => random.below(160)),
  )
  const y = Int32Array.from({ length: count }, (_, sample) => {
    const label = random.below(2)
    const line = random.below(8)
    for (let i = 0; i < 8; i++) x.data[sample * 64 + (label === 0 ? line * 8 + i : i * 8 + line)] += 80
    return label
  })
  return { x, y, normalizer: { offset: Float32Array.of(80), scale: Float32Array.of(1 / 64) } }
}

/** BatchNormalization behind a Conv, a depthwise and a pointwise one, a residual, ReLU6, pools and a Gemm. */
export function barsNet(): Graph {
  const net = new GraphBuilder('bars', [1, 8, 8], 4)
  net.conv(6, { kernel: 3, pad: 1, bias: false }).batchNormalization().clip(0, 6).maxPool({ kernel: 2 })
  const shortcut = net.output
  net.depthwise({ kernel: 3, pad: 1 }).batchNormalization().relu()
  net.conv(6, { kernel: 1, bias: false }).batchNormalization().add(shortcut).relu()
  return net.averagePool({ kernel: 2 }).flatten().gemm(2).graph()
}

/** Two Convs and a Gemm; `skewed` changes its channels' scales and not its function. */
export function twoConvs(): Graph {
  const net = new GraphBuilder('two', [1, 8, 8], 4)
  net.conv(6, { kernel: 3, pad: 1 }).relu().maxPool({ kernel: 2 })
  return net.conv(6, { kernel: 3, pad: 1 }).relu().maxPool({ kernel: 2 }).flatten().gemm(2).graph()
}

/** `twoConvs` with each channel between its Convs multiplied by one of these factors, and divided again behind. */
export function skewed(graph: Graph, factors: readonly number[]): Graph {
  const initializers = new Map(graph.initializers)
  const scale = (name: string, factor: (i: number) => number): void => {
    const { shape, data } = initializers.get(name)!
    initializers.set(
      name,
      tensor(
        'float32',
        shape,
        data.map((value, i) => value * factor(i)),
      ),
    )
  }
  scale('conv_0.weight', (i) => factors[Math.floor(i / 9)])
  scale('conv_0.bias', (i) => factors[i])
  scale('conv_3.weight', (i) => 1 / factors[Math.floor(i / 9) % 6])
  return { ...graph, initializers }
}

/** A graph quantized from 64 calibration samples. */
export function quantized(
  graph: Graph,
  { x, normalizer }: TrainingData,
  weights: { readonly bits: 8 | 4; readonly granularity: 'per-tensor' | 'per-channel' },
  equalization: Transforms['equalization'] = 'none',
): Promise<QuantizedModel> {
  const calibration = new Calibration(modelOf(graph), normalizer!, [firstOf(x, 64)])
  return calibration.quantize({
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, ...weights },
    transforms: { equalization, rounding: 'nearest', biasCorrection: false },
  })
}

/** The first samples, raw, as float32. */
export function firstOf({ shape, data }: TrainingData['x'], count: number): Tensor<'float32'> {
  const size = data.length / shape[0]
  return tensor('float32', [count, ...shape.slice(1)], Float32Array.from(data.subarray(0, count * size)))
}
