import { OctetError, type QParams, type QuantizedWeights, packInt4 } from '@octet/core'
import type { OnnxData } from '../encode.ts'
import type { NodeWriter } from '../nodes.ts'
import type { Target } from './targets.ts'

/** Names of the constants of a grid. QuantizeLinear and DequantizeLinear read them together with a tensor. */
export interface GridNames {
  readonly scale: string
  readonly zeroPoint: string
}

/** The integers of activations in a target's storage. */
export class Grids {
  readonly #writer: NodeWriter
  readonly #type: Target['activations']
  /** Tensors on one grid hold the same QParams object and read the same constants. */
  readonly #written = new Map<QParams, GridNames>()

  constructor(writer: NodeWriter, { activations }: Target) {
    this.#writer = writer
    this.#type = activations
  }

  /**
   * The constants of a tensor's grid, named after the first tensor on it.
   * @throws OctetError for a grid without all 8-bit integers, because saturated values would have another limit.
   */
  of(tensor: string, qparams: QParams): GridNames {
    const known = this.#written.get(qparams)
    if (known !== undefined) return known
    const { qmin, qmax, scale, zeroPoint } = qparams
    if (qmin !== -128 || qmax !== 127)
      throw new OctetError(
        `tensor "${tensor}": its integers are [${qmin}, ${qmax}], and QuantizeLinear saturates at those of 8 bits`,
        'quantize activations to all integers of 8 bits',
      )
    const names = {
      scale: this.#writer.constant(`${tensor}.scale`, scalar(scale[0])),
      zeroPoint: this.#writer.constant(`${tensor}.zero_point`, this.integers([], zeroPoint)),
    }
    this.#written.set(qparams, names)
    return names
  }

  /** int8 values in the type of the target. */
  integers(shape: readonly number[], values: Int8Array | Int32Array): OnnxData {
    const data =
      this.#type === 'int8' ? Int8Array.from(values) : Uint8Array.from(values, (value: number) => value + 128)
    return { dtype: this.#type, shape, data }
  }

  quantize(input: string, output: string, { scale, zeroPoint }: GridNames): string {
    return this.#writer.add('QuantizeLinear', [input, scale, zeroPoint], output)
  }

  dequantize(input: string, output: string, { scale, zeroPoint }: GridNames): string {
    return this.#writer.add('DequantizeLinear', [input, scale, zeroPoint], output)
  }
}

/** Names of a layer's weight and bias in the graph's own terms. */
interface WeightNames {
  readonly weight: string
  readonly bias: string
}

/** Writes the integers of a layer's weights, each with a DequantizeLinear. Returns the tensors that the layer reads. */
export function writeWeights(
  writer: NodeWriter,
  names: WeightNames,
  { weight, bias, qparams }: QuantizedWeights,
  input: QParams,
  { weights4 }: Target,
): readonly [weight: string, bias: string] {
  const { qmin, qmax, scale, zeroPoint } = qparams
  const isPacked = weights4 === 'int4' && qmin >= -8 && qmax <= 7
  if (isPacked) writer.require(INT4_SINCE)
  const integers = (shape: readonly number[], data: Int8Array): OnnxData =>
    isPacked ? { dtype: 'int4', shape, data: packInt4(data) } : { dtype: 'int8', shape, data }
  // A single scale is a scalar. Scales for each output channel lie along the first axis.
  const along = scale.length === 1 ? [] : [scale.length]
  const dequantized = (name: string, q: OnnxData, s: Float32Array, zero: OnnxData): string =>
    writer.add(
      'DequantizeLinear',
      [
        writer.constant(`${name}.quantized`, q),
        writer.constant(`${name}.scale`, { dtype: 'float32', shape: along, data: s }),
        writer.constant(`${name}.zero_point`, zero),
      ],
      writer.fresh(`${name}.dequantized`),
      along.length === 0 ? {} : { axis: 0 },
    )
  return [
    dequantized(
      names.weight,
      integers(weight.shape, weight.data),
      scale,
      integers(along, Int8Array.from(zeroPoint)),
    ),
    dequantized(names.bias, { dtype: 'int32', shape: [bias.length], data: bias }, biasScale(input, scale), {
      dtype: 'int32',
      shape: along,
      data: new Int32Array(scale.length),
    }),
  ]
}

/** The first opset whose DequantizeLinear takes 4-bit integers. */
const INT4_SINCE = 21

/** fl32(s_x * s_w), by output channel or once for all: the value of one accumulator step. */
export function biasScale({ scale: [input] }: QParams, weights: Float32Array): Float32Array {
  return weights.map((scale) => Math.fround(input * scale))
}

function scalar(value: number): OnnxData {
  return { dtype: 'float32', shape: [], data: Float32Array.of(value) }
}
