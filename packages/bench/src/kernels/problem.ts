import {
  type Constants,
  type DType,
  elements,
  NO_PADS,
  type OpSpec,
  type Pads,
  type Precision,
  type Shape,
  tensor,
  type Tensor,
  type TensorSpec,
  toFloat16,
} from '@octet/core'
import type { Random } from '@octet/core/train'

/** One op at one size, before a precision is chosen. */
export interface Problem {
  readonly op: OpSpec['op']
  /** Kind and sizes, e.g. `gemm 256x256x256`. */
  readonly shape: string
  readonly precisions: readonly Precision[]
  readonly spec: (precision: Precision) => OpSpec
}

/** A problem in one precision, with numbers. */
export interface Instance {
  readonly spec: OpSpec
  readonly constants: Constants
  readonly inputs: readonly Tensor[]
}

const ALL: readonly Precision[] = ['fp32', 'fp16', 'int8']
const DTYPES: { readonly [P in Precision]: DType } = { fp32: 'float32', fp16: 'float16', int8: 'int8' }
const IMAGE: Shape = [1, 64, 28, 28]

/** What is timed by default: the layers that small vision and sensor models are made of. */
export const PROBLEMS: readonly Problem[] = [
  gemm(128, 128, 128),
  gemm(256, 256, 256),
  gemm(1, 1024, 256),
  conv('3x3', [1, 16, 28, 28], 32, 3, 1),
  conv('3x3', [1, 64, 14, 14], 64, 3, 1),
  conv('1x1', [1, 64, 28, 28], 128, 1, 1),
  conv('depthwise 3x3', [1, 64, 28, 28], 64, 3, 64),
  matMul(128),
  {
    op: 'MaxPool',
    shape: `max pool 2x2 ${IMAGE.join('x')}`,
    precisions: ALL,
    spec: (precision) => ({
      op: 'MaxPool',
      ...io(precision, IMAGE, [1, 64, 14, 14]),
      ...window(2, 2, NO_PADS),
    }),
  },
  {
    op: 'AveragePool',
    shape: `global average ${IMAGE.join('x')}`,
    precisions: ALL,
    spec: (precision) => ({
      op: 'AveragePool',
      ...io(precision, IMAGE, [1, 64, 1, 1]),
      ...window(28, 1, NO_PADS),
      countIncludePad: false,
    }),
  },
  {
    op: 'Add',
    shape: `add ${IMAGE.join('x')}`,
    precisions: ALL,
    spec: (precision) => ({
      op: 'Add',
      inputs: [of(DTYPES[precision], IMAGE), of(DTYPES[precision], IMAGE)],
      output: of(DTYPES[precision], IMAGE),
    }),
  },
  {
    op: 'Clip',
    shape: `clip ${IMAGE.join('x')}`,
    precisions: ALL,
    spec: (precision) => ({ op: 'Clip', ...io(precision, IMAGE, IMAGE) }),
  },
  {
    op: 'Reshape',
    shape: `reshape ${IMAGE.join('x')}`,
    precisions: ALL,
    spec: (precision) => ({ op: 'Reshape', ...io(precision, IMAGE, [1, elements(IMAGE)]) }),
  },
  {
    op: 'Softmax',
    shape: 'softmax 64x128',
    precisions: ['fp32', 'fp16'],
    spec: (precision) => ({ op: 'Softmax', ...io(precision, [64, 128], [64, 128]) }),
  },
  {
    op: 'Normalize',
    shape: `normalize ${IMAGE.join('x')}`,
    precisions: ['fp32', 'fp16'],
    spec: (precision) => ({
      op: 'Normalize',
      inputs: [of('float32', IMAGE)],
      output: of(DTYPES[precision], IMAGE),
    }),
  },
  {
    op: 'QuantizeLinear',
    shape: `quantize ${IMAGE.join('x')}`,
    precisions: ['int8'],
    spec: () => ({ op: 'QuantizeLinear', inputs: [of('float32', IMAGE)], output: of('int8', IMAGE) }),
  },
  {
    op: 'DequantizeLinear',
    shape: `dequantize ${IMAGE.join('x')}`,
    precisions: ['int8'],
    spec: () => ({ op: 'DequantizeLinear', inputs: [of('int8', IMAGE)], output: of('float32', IMAGE) }),
  },
]

/** Fills a spec with random numbers: inputs that are not zero, constants that use the output's range. */
export function instantiate(spec: OpSpec, random: Random): Instance {
  return {
    spec,
    constants: constantsOf(spec, random),
    inputs: spec.inputs.map((input) => filled(input, random)),
  }
}

function gemm(m: number, k: number, n: number): Problem {
  return {
    op: 'Gemm',
    shape: `gemm ${m}x${k}x${n}`,
    precisions: ALL,
    spec: (precision) => ({ op: 'Gemm', ...io(precision, [m, k], [m, n]), weightZeroPoints: false }),
  }
}

function matMul(size: number): Problem {
  const square: Shape = [size, size]
  return {
    op: 'MatMul',
    shape: `matmul ${size}x${size}x${size}`,
    precisions: ALL,
    spec: (precision) => {
      const dtype = DTYPES[precision]
      return { op: 'MatMul', inputs: [of(dtype, square), of(dtype, square)], output: of(dtype, square) }
    },
  }
}

/** A convolution that keeps height and width. */
function conv(title: string, x: Shape, outputs: number, kernel: number, group: number): Problem {
  const pad = (kernel - 1) / 2
  return {
    op: 'Conv',
    shape: `conv ${title} ${x.join('x')} to ${outputs}`,
    precisions: ALL,
    spec: (precision) => ({
      op: 'Conv',
      ...io(precision, x, [x[0], outputs, x[2], x[3]]),
      ...window(kernel, 1, [pad, pad, pad, pad]),
      group,
      weightZeroPoints: false,
    }),
  }
}

function of(dtype: DType, shape: Shape): TensorSpec {
  return { dtype, shape }
}

function io(precision: Precision, x: Shape, y: Shape): { inputs: readonly TensorSpec[]; output: TensorSpec } {
  return { inputs: [of(DTYPES[precision], x)], output: of(DTYPES[precision], y) }
}

function window(
  kernel: number,
  stride: number,
  pads: Pads,
): Pick<Extract<OpSpec, { op: 'MaxPool' }>, 'kernel' | 'strides' | 'pads' | 'dilations'> {
  return { kernel: [kernel, kernel], strides: [stride, stride], pads, dilations: [1, 1] }
}

function filled({ dtype, shape }: TensorSpec, random: Random): Tensor {
  const length = elements(shape)
  if (dtype === 'int8')
    return tensor(
      'int8',
      shape,
      Int8Array.from({ length }, () => random.below(256) - 128),
    )
  const floats = Float32Array.from({ length }, () => random.uniform() * 4 - 2)
  return dtype === 'float16' ? tensor('float16', shape, toFloat16(floats)) : tensor('float32', shape, floats)
}

function constantsOf(spec: OpSpec, random: Random): Constants {
  const integer = spec.inputs[0].dtype === 'int8'
  const clamp = integer ? ([-128, 127] as const) : ([0, 6] as const)
  const zeroPoints = { inputZeroPoint: -3, outputZeroPoint: 5 }
  switch (spec.op) {
    case 'Conv':
    case 'Gemm': {
      const outputs = spec.output.shape[1]
      const inner =
        spec.op === 'Conv'
          ? [spec.inputs[0].shape[1] / spec.group, ...spec.kernel]
          : [spec.inputs[0].shape[1]]
      const weight = filled(of(spec.inputs[0].dtype, [outputs, ...inner]), random)
      if (weight.dtype !== 'int8')
        return {
          kind: 'float-weights',
          weight: weight as Tensor<'float32'>,
          bias: new Float32Array(outputs),
          clamp,
        }
      return {
        kind: 'int-weights',
        weight: weight as Tensor<'int8'>,
        bias: new Int32Array(outputs),
        multiplier: new Float32Array(outputs).fill(0.01 / Math.sqrt(elements(inner))),
        ...zeroPoints,
        weightZeroPoints: new Int32Array(outputs),
        clamp,
      }
    }
    case 'MatMul':
      return integer
        ? { kind: 'int-matmul', multiplier: 0.001, aZeroPoint: -3, bZeroPoint: 7, outputZeroPoint: 5, clamp }
        : { kind: 'clamp', clamp }
    case 'Add':
      return integer
        ? {
            kind: 'int-add',
            a: { scale: 0.02, zeroPoint: -3 },
            b: { scale: 0.03, zeroPoint: 7 },
            inverseScale: 20,
            outputZeroPoint: 5,
            clamp,
          }
        : { kind: 'clamp', clamp }
    case 'AveragePool': {
      const positions = spec.kernel[0] * spec.kernel[1]
      const multipliers = Float32Array.from({ length: positions + 1 }, (_, n) => 1 / Math.max(n, 1))
      return integer ? { kind: 'int-average', ...zeroPoints, multipliers, clamp } : { kind: 'clamp', clamp }
    }
    case 'Clip':
      return { kind: 'clamp', clamp: integer ? [-100, 100] : clamp }
    case 'Normalize':
      return { kind: 'normalize', offset: Float32Array.of(0.5), scale: Float32Array.of(2) }
    case 'QuantizeLinear':
      return { kind: 'quantize', inverseScale: 64, zeroPoint: 5, clamp: [-128, 127] }
    case 'DequantizeLinear':
      return { kind: 'dequantize', scale: 0.02, zeroPoint: 5 }
    default:
      return { kind: 'none' }
  }
}
