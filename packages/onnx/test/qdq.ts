import type { QuantizedModel } from '@octet/core'
import { encodeOnnx, type OnnxNode, type OnnxTensor } from '../src/index.ts'
import { numbers } from './graphs.ts'

const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  float32: Float32Array,
  int64: BigInt64Array,
}
type Held = keyof typeof ARRAYS

/** A scale and a zero point. */
export interface Point {
  readonly scale: number | readonly number[]
  readonly zero?: number
  readonly dtype?: 'uint8' | 'int8' | 'int32'
}

/**
 * Writes a model whose tensors go through grids, node by node, from input x of [N, 4, 6, 6] unless it says otherwise.
 */
export class Qdq {
  readonly #nodes: OnnxNode[] = []
  readonly #initializers: OnnxTensor[] = []
  #count = 0

  node(
    op: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
    domain?: string,
  ): string {
    const output = `t${++this.#count}`
    const node = { op, name: `${op}_${output}`, inputs, outputs: [output], attributes }
    this.#nodes.push(domain === undefined ? node : { ...node, domain })
    return output
  }

  constant(dtype: Held, shape: readonly number[], values: readonly number[]): string {
    const name = `c${++this.#count}`
    const data = dtype === 'int64' ? BigInt64Array.from(values, BigInt) : ARRAYS[dtype as 'int8'].from(values)
    this.#initializers.push({ name, dtype, shape, data })
    return name
  }

  /** Scale and zero point as constants. */
  point({ scale, zero = 0, dtype = 'uint8' }: Point): [scale: string, zero: string] {
    const scales = typeof scale === 'number' ? [scale] : scale
    const shape = typeof scale === 'number' ? [] : [scales.length]
    return [
      this.constant('float32', shape, scales),
      this.constant(
        dtype,
        shape,
        scales.map(() => zero),
      ),
    ]
  }

  quantize(x: string, point: Point): string {
    return this.node('QuantizeLinear', [x, ...this.point(point)])
  }

  dequantize(q: string, point: Point, axis?: number): string {
    return this.node('DequantizeLinear', [q, ...this.point(point)], axis === undefined ? {} : { axis })
  }

  /** Through a grid and back. */
  onGrid(x: string, point: Point): string {
    return this.dequantize(this.quantize(x, point), point)
  }

  /** Whole numbers in [-range, range), moved by the zero point, of a type. */
  integers(
    shape: readonly number[],
    seed: number,
    { zero = 0, dtype = 'int8' }: Partial<Point>,
    range = 90,
  ): string {
    const values = Array.from(numbers(shape, seed).data, (value) => Math.floor(value * range) + zero)
    return this.constant(dtype, shape, values)
  }

  /** Weights of a type, dequantized. */
  weight(shape: readonly number[], seed: number, point: Point, axis?: number): string {
    return this.dequantize(this.integers(shape, seed, point), point, axis)
  }

  model(output: string, input: readonly number[] = [4, 6, 6], opset = 14): Uint8Array {
    return encodeOnnx({
      opset,
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: [{ name: 'x', dtype: 'float32', shape: ['N', ...input] }],
      outputs: [{ name: output, dtype: 'float32', shape: ['N', 'any'] }],
    })
  }
}

/** Names of the layers that stay in floats though integers could be computed; undefined where none do. */
export function floatsOf({ model: { layers } }: QuantizedModel): ReadonlySet<string> | undefined {
  const names = layers.flatMap(({ name, node, inFloats }) =>
    inFloats === true && node.op !== 'Softmax' ? name : [],
  )
  return names.length === 0 ? undefined : new Set(names)
}
