import {
  type DType,
  KERNEL_PRECISIONS,
  NO_PADS,
  type OpSpec,
  type Pads,
  kernelOp,
  type Shape,
} from '@octet/core'
import { inPrecision, type Problem } from './problem.ts'

/** The models that a problem comes from, and whether it is in the core suite. */
export interface Origin {
  readonly suite: Problem['suite']
  readonly models?: readonly string[]
  readonly core?: boolean
}

/** [M,K] times [N,K]. M = 1 is a vector times a matrix. */
export function gemm([m, k, n]: readonly [number, number, number], origin: Origin): Problem {
  const spec: OpSpec = {
    op: 'Gemm',
    inputs: [float([m, k])],
    output: float([m, n]),
    weightZeroPoints: false,
  }
  return problem(spec, `gemm ${m}x${k}x${n}`, origin)
}

/** [M,K] times [K,N]. Both are activations. */
export function matMul([m, k, n]: readonly [number, number, number], origin: Origin): Problem {
  const spec: OpSpec = { op: 'MatMul', inputs: [float([m, k]), float([k, n])], output: float([m, n]) }
  return problem(spec, `matmul ${m}x${k}x${n}`, origin)
}

interface Convolution {
  readonly kernel: readonly [number, number]
  readonly outputs: number
  readonly stride?: number
  readonly group?: number
  /** Default: ONNX's SAME_UPPER. */
  readonly pads?: Pads
}

/** A convolution of images `x`. */
export function conv(x: Shape, convolution: Convolution, origin: Origin): Problem {
  const { kernel, outputs, stride = 1, group = 1, pads = samePads(kernel, stride) } = convolution
  const size = (axis: 0 | 1): number =>
    Math.floor((x[2 + axis] + pads[axis] + pads[2 + axis] - kernel[axis]) / stride) + 1
  const spec: OpSpec = {
    op: 'Conv',
    inputs: [float(x)],
    output: float([x[0], outputs, size(0), size(1)]),
    ...window(kernel, stride, pads),
    group,
    weightZeroPoints: false,
  }
  const words = [
    'conv',
    ...(group === 1 ? [] : ['depthwise']),
    kernel.join('x'),
    ...(stride === 1 ? [] : [`stride ${stride}`]),
    `${sizes(x)} to ${outputs}`,
  ]
  return problem(spec, words.join(' '), origin)
}

/** A 3x3 convolution of each separate channel. */
export function depthwise(x: Shape, stride: number, origin: Origin, pads?: Pads): Problem {
  const group = { outputs: x[1], group: x[1] }
  return conv(x, { kernel: [3, 3], stride, ...group, ...(pads && { pads }) }, origin)
}

/** A 1x1 convolution. */
export function pointwise(x: Shape, outputs: number, origin: Origin): Problem {
  return conv(x, { kernel: [1, 1], outputs }, origin)
}

/** Pooling of `x` with windows that lie inside it. */
export function pool(op: 'MaxPool' | 'AveragePool', x: Shape, size: number, stride: number): Problem {
  const [h, w] = [x[2], x[3]].map((length) => Math.floor((length - size) / stride) + 1)
  const common = {
    inputs: [float(x)],
    output: float([x[0], x[1], h, w]),
    ...window([size, size], stride, NO_PADS),
  }
  const spec: OpSpec = op === 'MaxPool' ? { op, ...common } : { op, ...common, countIncludePad: false }
  const title = op === 'MaxPool' ? 'max pool' : 'average pool'
  return problem(spec, `${title} ${size}x${size} ${sizes(x)}`, OPS)
}

/** An op whose output has the shape of its inputs. */
export function elementwise(op: 'Add' | 'Mul' | 'Clip' | 'HardSwish', x: Shape): Problem {
  const inputs = op === 'Add' || op === 'Mul' ? [float(x), float(x)] : [float(x)]
  return problem({ op, inputs, output: float(x) }, `${op.toLowerCase()} ${sizes(x)}`, OPS)
}

/** Two tensors of one shape, joined along the channels. */
export function concat(x: Shape): Problem {
  const output = float([x[0], 2 * x[1], ...x.slice(2)])
  return problem({ op: 'Concat', inputs: [float(x), float(x)], output, axis: 1 }, `concat 2 ${sizes(x)}`, OPS)
}

export function reshape(x: Shape, y: Shape): Problem {
  const spec: OpSpec = { op: 'Reshape', inputs: [float(x)], output: float(y) }
  return problem(spec, `reshape ${sizes(x)}`, OPS)
}

export function softmax(x: Shape): Problem {
  const spec: OpSpec = { op: 'Softmax', inputs: [float(x)], output: float(x) }
  return problem(spec, `softmax ${sizes(x)}`, OPS)
}

/** Converts sensor values to the input of a model. */
export function normalize(x: Shape): Problem {
  const spec: OpSpec = { op: 'Normalize', inputs: [float(x)], output: float(x) }
  return {
    ...problem(spec, `normalize ${sizes(x)}`, OPS),
    spec: (precision) => ({
      ...spec,
      output: inPrecision(spec, precision).output,
    }),
  }
}

/** float32 to int8, or back. */
export function conversion(op: 'QuantizeLinear' | 'DequantizeLinear', x: Shape): Problem {
  const [from, to]: readonly DType[] = op === 'QuantizeLinear' ? ['float32', 'int8'] : ['int8', 'float32']
  const spec: OpSpec = { op, inputs: [{ dtype: from, shape: x }], output: { dtype: to, shape: x } }
  const title = op === 'QuantizeLinear' ? 'quantize' : 'dequantize'
  return { ...problem(spec, `${title} ${sizes(x)}`, OPS), spec: () => spec }
}

const OPS: Origin = { suite: 'ops', core: true }

function problem(spec: OpSpec, shape: string, { suite, models = [], core = false }: Origin): Problem {
  return {
    op: spec.op,
    shape,
    models,
    suite,
    core,
    precisions: 'weightZeroPoints' in spec ? KERNEL_PRECISIONS : kernelOp(spec).precisions,
    spec: (precision) => inPrecision(spec, precision),
  }
}

function float(shape: Shape): { readonly dtype: DType; readonly shape: Shape } {
  return { dtype: 'float32', shape }
}

function window(
  kernel: readonly [number, number],
  stride: number,
  pads: Pads,
): Pick<Extract<OpSpec, { op: 'MaxPool' }>, 'kernel' | 'strides' | 'pads' | 'dilations'> {
  return { kernel, strides: [stride, stride], pads, dilations: [1, 1] }
}

/** SAME_UPPER for sizes that the stride divides. An odd unit of padding goes to the end. */
function samePads(kernel: readonly [number, number], stride: number): Pads {
  const [height, width] = kernel.map((size) => Math.max(0, size - stride))
  const [top, left] = [Math.floor(height / 2), Math.floor(width / 2)]
  return [top, left, height - top, width - left]
}

function sizes(shape: Shape): string {
  return shape.join('x')
}
