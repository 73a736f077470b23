import { elements, tensor, type ConvSpec, type GemmSpec, type MatMulSpec, type OpSpec } from '@octet/core'
import type { Instance } from './instance.ts'

type Reduced = Omit<Instance, 'name'>

/** Whether single outputs of an op can be told from parts of its operands. */
export function hasPoints(spec: OpSpec): spec is ConvSpec | GemmSpec | MatMulSpec {
  return spec.op === 'Conv' || spec.op === 'Gemm' || spec.op === 'MatMul'
}

/**
 * The instance whose only output is output `at` of a larger one, counted in ONNX's order: the same sum of products
 * and no other.
 */
export function pointOf({ spec, constants, inputs }: Instance, at: number): Reduced {
  if (!hasPoints(spec)) throw new Error(`${spec.op} has no points`)
  switch (spec.op) {
    case 'Conv':
      return convPoint(spec, constants, inputs, at)
    case 'Gemm': {
      const [, outputs] = spec.output.shape
      const [, depth] = spec.inputs[0].shape
      const x = part(inputs[0], [1, depth], Math.floor(at / outputs) * depth)
      return reduced(spec, [1, 1], [x], channelOf(constants, at % outputs))
    }
    case 'MatMul': {
      const [, columns] = spec.output.shape
      const [, depth] = spec.inputs[0].shape
      const a = part(inputs[0], [1, depth], Math.floor(at / columns) * depth)
      const b = part(inputs[1], [depth, 1], at % columns, columns)
      return reduced(spec, [1, 1], [a, b], constants)
    }
  }
}

/** A window of one group, its padding written out. */
function convPoint(
  spec: ConvSpec,
  constants: Reduced['constants'],
  [x]: Reduced['inputs'],
  at: number,
): Reduced {
  const [, outputs, outHeight, outWidth] = spec.output.shape
  const [, channels, height, width] = spec.inputs[0].shape
  const positions = outHeight * outWidth
  const [image, m, position] = [
    Math.floor(at / positions / outputs),
    Math.floor(at / positions) % outputs,
    at % positions,
  ]
  const [top, left] = [
    Math.floor(position / outWidth) * spec.strides[0] - spec.pads[0],
    (position % outWidth) * spec.strides[1] - spec.pads[1],
  ]
  const inputs = channels / spec.group
  const first = image * channels + Math.floor(m / (outputs / spec.group)) * inputs
  const [taps, tapWidth] = [spec.kernel[0] * spec.kernel[1], spec.kernel[1]]
  const window = tensor(x.dtype, [1, inputs, ...spec.kernel])
  if (constants.kind === 'int-weights') window.data.fill(constants.inputZeroPoint)
  for (let i = 0; i < inputs; i++)
    for (let tap = 0; tap < taps; tap++) {
      const row = top + Math.floor(tap / tapWidth) * spec.dilations[0]
      const column = left + (tap % tapWidth) * spec.dilations[1]
      if (row < 0 || row >= height || column < 0 || column >= width) continue
      window.data[i * taps + tap] = x.data[((first + i) * height + row) * width + column]
    }
  const alone = {
    ...spec,
    group: 1,
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
  } satisfies ConvSpec
  return reduced(alone, [1, 1, 1, 1], [window], channelOf(constants, m))
}

function reduced(
  spec: ConvSpec | GemmSpec | MatMulSpec,
  shape: readonly number[],
  inputs: Reduced['inputs'],
  constants: Reduced['constants'],
): Reduced {
  const specs = inputs.map((input) => ({ dtype: input.dtype, shape: input.shape }))
  return { spec: { ...spec, inputs: specs, output: { ...spec.output, shape } }, inputs, constants }
}

/** The constants of one output channel. */
function channelOf(constants: Reduced['constants'], m: number): Reduced['constants'] {
  if (constants.kind !== 'int-weights' && constants.kind !== 'float-weights') return constants
  const inner = constants.weight.shape.slice(1)
  const weight = part(constants.weight, [1, ...inner], m * elements(inner))
  const one = { ...constants, weight, bias: constants.bias.slice(m, m + 1) }
  return (
    constants.kind === 'float-weights'
      ? one
      : {
          ...one,
          multiplier: constants.multiplier.slice(m, m + 1),
          weightZeroPoints: constants.weightZeroPoints.slice(m, m + 1),
        }
  ) as Reduced['constants']
}

/** Every `step`-th value from `first` on, as a tensor of this shape. */
function part(
  { dtype, data }: Reduced['inputs'][number],
  shape: readonly number[],
  first: number,
  step = 1,
): Reduced['inputs'][number] {
  const taken = tensor(dtype, shape)
  for (let i = 0; i < taken.data.length; i++) taken.data[i] = data[first + i * step]
  return taken
}
