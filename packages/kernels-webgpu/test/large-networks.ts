import type { OpSpec, TensorSpec } from '@octet/core'

/** Input channels, height and width of a square image, output channels, side of the window, stride, groups. */
type Layer = readonly [
  inputs: number,
  size: number,
  outputs: number,
  kernel: number,
  stride: number,
  group?: number,
]

/** The different convolutions of ResNet-50 at 224x224 (He et al., 2015; stride in the 3x3 layers). */
const RESNET_50: readonly Layer[] = [
  [3, 224, 64, 7, 2],
  ...[
    [64, 56, 256],
    [128, 28, 512],
    [256, 14, 1024],
    [512, 7, 2048],
  ].flatMap(([width, size, outputs], stage): Layer[] => {
    const [inputs, before] = stage === 0 ? [64, size] : [outputs / 2, 2 * size]
    const stride = stage === 0 ? 1 : 2
    return [
      [inputs, before, width, 1, 1],
      [width, before, width, 3, stride],
      [width, size, outputs, 1, 1],
      [inputs, before, outputs, 1, stride],
      [outputs, size, width, 1, 1],
      [width, size, width, 3, 1],
    ]
  }),
]

/** The different convolutions of MobileNetV2 at 224x224 (Sandler et al., 2018). */
const MOBILENET_V2: readonly Layer[] = [
  [3, 224, 32, 3, 2],
  [32, 112, 32, 3, 1, 32],
  [32, 112, 16, 1, 1],
  ...[
    [16, 112, 24, 2],
    [24, 56, 32, 2],
    [32, 28, 64, 2],
    [64, 14, 96, 1],
    [96, 14, 160, 2],
    [160, 7, 320, 1],
  ].flatMap(([inputs, size, outputs, stride]): Layer[] => {
    const wide = 6 * inputs
    return [
      [inputs, size, wide, 1, 1],
      [wide, size, wide, 3, stride, wide],
      [wide, size / stride, outputs, 1, 1],
    ]
  }),
  [320, 7, 1280, 1, 1],
]

const DTYPES = ['float32', 'float16', 'int8'] as const

/** Specs of both networks' ops at batch 1 in each precision, each once. */
export function largeSpecs(): readonly OpSpec[] {
  const specs = DTYPES.flatMap((dtype) => {
    const of = (...shape: number[]): TensorSpec => ({ dtype, shape })
    const convs = [...RESNET_50, ...MOBILENET_V2].map(
      ([inputs, size, outputs, kernel, stride, group = 1]): OpSpec => {
        const pad = (kernel - 1) / 2
        const out = Math.ceil(size / stride)
        return {
          op: 'Conv',
          inputs: [of(1, inputs, size, size)],
          output: of(1, outputs, out, out),
          kernel: [kernel, kernel],
          strides: [stride, stride],
          pads: [pad, pad, pad, pad],
          dilations: [1, 1],
          group,
          weightZeroPoints: false,
        }
      },
    )
    const dense = [2048, 1280].map((inputs): OpSpec => ({
      op: 'Gemm',
      inputs: [of(1, inputs)],
      output: of(1, 1000),
      weightZeroPoints: false,
    }))
    const sums = [
      [256, 56],
      [2048, 7],
    ].map(([channels, size]): OpSpec => {
      const shape = of(1, channels, size, size)
      return { op: 'Add', inputs: [shape, shape], output: shape }
    })
    return [convs, dense, sums].flat()
  })
  return [...new Map(specs.map((spec) => [JSON.stringify(spec), spec])).values()]
}
