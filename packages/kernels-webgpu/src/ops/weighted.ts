import { OctetError, type ConvSpec, type GemmSpec, type Tensor } from '@octet/core'
import type { Element, StoredDType } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { outputStage } from '../wgsl/output.ts'
import type { Values } from '../wgsl/scalars.ts'
import type { Table, Workgroups } from '../wgsl/shader.ts'
import {
  elementOf,
  extentOf,
  kernel,
  type ConstantsOf,
  type Kernel,
  type Packed,
  type Sizes,
  type Source,
} from './kernel.ts'
import { bytesOfWeights, packWeights, type WeightOrder } from './weight-order.ts'

type WeightsKind = 'float-weights' | 'int-weights'
type Weights = ConstantsOf<WeightsKind>

/** The common parts of Conv and Gemm for every loop of products: input, padding, epilogue, constants. */
export interface Weighted {
  readonly dtype: StoredDType
  readonly integer: boolean
  /** Whether sums must be corrected by `channels[block].weightZeroPoint`. */
  readonly corrected: boolean
  readonly element: Element
  /** The stored word that represents a tap outside the image. */
  readonly padding: string
  /**
   * Completes a loop that ends in `y[i] = emit(settle(sums, block), block)`, or in `settleBy(sums, channel)` if one
   * entry of `channels` serves many sums.
   */
  finish(loop: Loop): Kernel
}

/** The specific part of a weighted op. */
interface Loop extends Pick<Source, 'enables' | 'shared' | 'threads' | 'span' | 'local'> {
  readonly variant: string
  /** WGSL type of x's binding, if it differs from its element's. */
  readonly view?: string
  readonly about: readonly string[]
  readonly sizes: Sizes
  /** WGSL type of an entry of `weights`, and the place of each weight among the values. */
  readonly weights: string
  readonly functions?: readonly string[]
  readonly order: WeightOrder
  /** The number of channel blocks that the epilogue's table must hold. */
  readonly blocks: number
  readonly body: string
  readonly workgroups: Workgroups
}

/** The shared part of one Conv or Gemm. */
export function weighted(spec: ConvSpec | GemmSpec, features: Features): Weighted {
  const [x] = spec.inputs as [ConvSpec['inputs'][number]]
  const dtype = x.dtype as StoredDType
  const integer = dtype === 'int8'
  const element = elementOf(x, features)
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features))
  const { c: channels, c4: outputBlocks } = extentOf(spec.output)
  return {
    dtype,
    integer,
    corrected: integer && spec.weightZeroPoints,
    element,
    padding: integer ? 'scalars.padding' : `${element.storage}()`,
    finish: (loop) =>
      kernel<WeightsKind>(spec, {
        title: `${spec.op} ${dtype} -> ${spec.output.dtype}, ${loop.variant}`,
        about: loop.about,
        kind: integer ? 'int-weights' : 'float-weights',
        inputs: { x: loop.view === undefined ? element : { ...element, storage: loop.view, wgsl: '' } },
        output: output.element,
        scalars: { ...output.scalars, ...(integer && { padding: 'u32' as const }) },
        sizes: { channels, outputBlocks, ...loop.sizes },
        tables: [{ name: 'weights', type: loop.weights }, integer ? INT_CHANNELS : FLOAT_CHANNELS],
        functions: [...(loop.functions ?? []), integer ? INT_SETTLE : FLOAT_SETTLE, ...output.functions],
        body: loop.body,
        ...(loop.enables && { enables: loop.enables }),
        ...(loop.shared && { shared: loop.shared }),
        ...(loop.threads && { threads: loop.threads }),
        ...(loop.span && { span: loop.span }),
        ...(loop.local && { local: loop.local }),
        workgroups: loop.workgroups,
        weightBytes: [
          bytesOfWeights(dtype, loop.order),
          loop.blocks * (integer ? INT_CHANNEL_BYTES : FLOAT_CHANNEL_BYTES),
        ],
        pack(constants) {
          checkWeights(spec, constants)
          const scalars: Values =
            constants.kind === 'float-weights'
              ? output.values(constants.clamp)
              : {
                  ...output.values(constants.clamp, constants.outputZeroPoint),
                  padding: everyByte(constants.inputZeroPoint),
                }
          const table =
            constants.kind === 'float-weights'
              ? packBias(constants.bias, loop.blocks)
              : packChannels(constants, loop.blocks)
          return { scalars, tables: [packWeights(constants.weight, loop.order), table] }
        },
      }),
  }
}

const FLOAT_CHANNEL_BYTES = 16
const FLOAT_CHANNELS: Table = { name: 'channels', type: 'vec4<f32>' }
const FLOAT_SETTLE = `
fn settleBy(sums: vec4<f32>, bias: vec4<f32>) -> vec4<f32> { return sums + bias; }
fn settle(sums: vec4<f32>, block: u32) -> vec4<f32> { return settleBy(sums, channels[block]); }`

const INT_CHANNEL_BYTES = 48
const INT_CHANNELS: Table = { name: 'channels', type: 'Channel' }
const INT_SETTLE = `
struct Channel { bias: vec4<i32>, multiplier: vec4<f32>, weightZeroPoint: vec4<i32> }
fn settleBy(sums: vec4<i32>, channel: Channel) -> vec4<f32> {
  return vec4<f32>(sums + channel.bias) * channel.multiplier;
}
fn settle(sums: vec4<i32>, block: u32) -> vec4<f32> { return settleBy(sums, channels[block]); }`

function packBias(bias: Float32Array, blocks: number): Packed {
  const packed = new Float32Array(blocks * 4)
  packed.set(bias)
  return packed
}

/**
 * Bias, multiplier and weight zero point per channel. The input zero point is folded into the bias: Σ (x - zx)(w - zw)
 * + b = Σ x (w - zw) + (b - zx Σ (w - zw)). The last sum is over the whole kernel, because padding is zx.
 */
function packChannels(constants: ConstantsOf<'int-weights'>, blocks: number): Packed {
  const { weight, bias, multiplier, weightZeroPoints, inputZeroPoint } = constants
  const outputs = weight.shape[0]
  const size = weight.data.length / outputs
  const packed = new Int32Array(blocks * 12)
  const multipliers = new Float32Array(packed.buffer)
  for (let m = 0; m < outputs; m++) {
    let sum = -size * weightZeroPoints[m]
    for (let k = 0; k < size; k++) sum += weight.data[m * size + k]
    const at = (m >> 2) * 12 + (m & 3)
    packed[at] = bias[m] - inputZeroPoint * sum
    multipliers[at + 4] = multiplier[m]
    packed[at + 8] = weightZeroPoints[m]
  }
  return packed
}

function everyByte(value: number): number {
  return Math.imul(value & 0xff, 0x01010101)
}

function checkWeights(spec: ConvSpec | GemmSpec, constants: Weights): void {
  const input = spec.inputs[0]
  const [, outputs] = spec.output.shape as [number, number]
  const inputs = input.shape[1]
  const wanted = spec.op === 'Gemm' ? [outputs, inputs] : [outputs, inputs / spec.group, ...spec.kernel]
  const { dtype, shape }: Tensor = constants.weight
  if (shape.join(', ') !== wanted.join(', ') || dtype !== input.dtype)
    throw new OctetError(
      `${spec.op} wants a ${input.dtype} weight of shape [${wanted.join(', ')}], not ${dtype} [${shape.join(', ')}]`,
    )
  if (
    constants.kind === 'int-weights' &&
    !spec.weightZeroPoints &&
    constants.weightZeroPoints.some((zeroPoint) => zeroPoint !== 0)
  )
    throw new OctetError(`${spec.op} was declared without weight zero points, yet some are not 0`)
}
