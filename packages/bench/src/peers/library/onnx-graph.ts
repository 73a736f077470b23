import { elements, sameShape, toFloat16, type Shape } from '@octet/core'
import { encodeOnnx, type OnnxGraph, type OnnxNode, type OnnxTensor } from '@octet/onnx'
import type { PeerFormat, PeerWork } from '../protocol.ts'

/** The zero point of `u8s8` activations and of `w8` weights: the middle of 8 bits. */
export const ZERO_POINT = 128
/** MatMulNBits scales weights in blocks of this size along K. */
const BLOCK = 32

/** A graph of some copies of one op. */
export interface OpGraph {
  readonly input: OnnxTensor
  repeated(copies: number): OnnxGraph
}

type Node = Omit<OnnxNode, 'inputs' | 'outputs'>

/**
 * One op in a peer's format. Copies of a product are parallel. Copies of a convolution form a chain, because a runtime
 * can keep its own layout between neighbours and need not transpose every output.
 * @throws Error if the op does not exist in this format, or if its copies cannot form a chain.
 */
export function graphOf(work: PeerWork, format: PeerFormat): OpGraph {
  if (work.spec.op === 'Conv') {
    if (format === 'f32' || format === 'f16') return convolutions(work, format)
    throw new Error(`its ${format} is for matrix products only`)
  }
  switch (format) {
    case 'f32':
    case 'f16':
      return products(work, { op: 'MatMul' }, floats('x', format, work.spec.inputs[0].shape, work.x), [
        floats('w', format, weightShape(work), work.weight),
      ])
    case 'w8':
      return blockQuantized(work)
    case 'u8s8':
      return quantized(work)
  }
}

/** The bytes of a model with one elementwise op, which computes almost nothing. */
export function trivialModel(shape: Shape): Uint8Array {
  const value = { dtype: 'float32', shape } as const
  return encodeOnnx({
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
    initializers: [],
    inputs: [{ name: 'x', ...value }],
    outputs: [{ name: 'y', ...value }],
  })
}

function convolutions({ spec, x, weight }: PeerWork, format: 'f32' | 'f16'): OpGraph {
  if (spec.op !== 'Conv') throw new Error('not a convolution')
  const { kernel, strides, pads, dilations, group, output } = spec
  const input = floats('x', format, spec.inputs[0].shape, x)
  const shape = [output.shape[1], input.shape[1] / group, ...kernel]
  // Later copies have weights that are smaller by a power of two, so that values neither grow nor vanish along the
  // chain.
  const gain = Math.sqrt(shape[1] * kernel[0] * kernel[1])
  const tamed = weight.map((value) => value * 2 ** -Math.round(Math.log2(gain)))
  const name = (copy: number): string => (copy === 0 ? 'x' : `y${copy}`)
  return {
    input,
    repeated: (copies) => {
      if (copies > 1 && !sameShape(input.shape, output.shape))
        throw new Error('output and input differ in shape, and only a chain of convolutions shows its time')
      return {
        nodes: Array.from({ length: copies }, (_, copy) => ({
          op: 'Conv',
          inputs: [name(copy), copy === 0 ? 'w' : 'tamed'],
          outputs: [name(copy + 1)],
          attributes: { kernel_shape: kernel, strides, pads, dilations, group },
        })),
        initializers: [
          floats('w', format, shape, weight),
          ...(copies > 1 ? [floats('tamed', format, shape, tamed)] : []),
        ],
        inputs: [input],
        outputs: [{ name: name(copies), dtype: input.dtype, shape: output.shape }],
      }
    },
  }
}

function blockQuantized(work: PeerWork): OpGraph {
  const [k, n] = weightShape(work)
  if (k % BLOCK !== 0) throw new Error(`its blocks are of ${BLOCK}, and K is ${k}`)
  // [K,N] to unsigned [N, blocks, BLOCK].
  const data = new Uint8Array(k * n)
  for (let row = 0; row < k; row++)
    for (let column = 0; column < n; column++)
      data[column * k + row] = Math.round(work.weight[row * n + column] / work.step) + ZERO_POINT
  const shape = [n, k / BLOCK, BLOCK]
  const scales = new Float32Array((n * k) / BLOCK).fill(work.step)
  const attributes = { K: k, N: n, bits: 8, block_size: BLOCK }
  const op: Node = { op: 'MatMulNBits', domain: 'com.microsoft', attributes }
  return products(work, op, floats('x', 'f32', work.spec.inputs[0].shape, work.x), [
    { name: 'w', dtype: 'uint8', shape, data },
    floats('scales', 'f32', [scales.length], scales),
  ])
}

function quantized(work: PeerWork): OpGraph {
  const { spec, x, weight, step, outputScale } = work
  const integers = (data: Float32Array): number[] => Array.from(data, (value) => Math.round(value / step))
  const scale = (name: string, value: number): OnnxTensor => floats(name, 'f32', [], Float32Array.of(value))
  const middle = { dtype: 'uint8', shape: [], data: Uint8Array.of(ZERO_POINT) } as const
  const unsigned = Uint8Array.from(integers(x), (value) => value + ZERO_POINT)
  const input: OnnxTensor = { name: 'x', dtype: 'uint8', shape: spec.inputs[0].shape, data: unsigned }
  return products(work, { op: 'QLinearMatMul' }, input, [
    scale('sx', step),
    { name: 'zx', ...middle },
    { name: 'w', dtype: 'int8', shape: weightShape(work), data: Int8Array.from(integers(weight)) },
    scale('sw', step),
    { name: 'zw', dtype: 'int8', shape: [], data: Int8Array.of(0) },
    scale('sy', outputScale),
    { name: 'zy', ...middle },
  ])
}

/** Parallel copies of a product. The op takes the input and then the initializers in their order. */
function products(
  { spec }: PeerWork,
  op: Node,
  input: OnnxTensor,
  initializers: readonly OnnxTensor[],
): OpGraph {
  const inputs = [input.name, ...initializers.map(({ name }) => name)]
  return {
    input,
    repeated: (copies) => {
      const names = Array.from({ length: copies }, (_, copy) => `y${copy}`)
      return {
        nodes: names.map((name) => ({ ...op, inputs, outputs: [name] })),
        initializers,
        inputs: [input],
        outputs: names.map((name) => ({ name, dtype: input.dtype, shape: spec.output.shape })),
      }
    },
  }
}

/** The shape [K,N] of a product's weights. */
function weightShape({ spec }: PeerWork): Shape {
  return [spec.inputs[0].shape[1], spec.output.shape[1]]
}

function floats(name: string, format: 'f32' | 'f16', shape: Shape, data: Float32Array): OnnxTensor {
  if (elements(shape) !== data.length)
    throw new Error(`${name} has ${data.length} numbers for ${shape.join('x')}`)
  return format === 'f16'
    ? { name, dtype: 'float16', shape, data: toFloat16(data) }
    : { name, dtype: 'float32', shape, data }
}
