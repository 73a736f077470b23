import { elements, sameShape, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { bracketed, quoted, fail } from '../../ops/message.ts'
import type { AddNode, MulNode } from '../../ops/pair/pair.ts'
import type { Affine } from './rewriter.ts'

/**
 * The activation and the constant of an Add or Mul that has one of each, on either side, the constant as what it does
 * to each channel; undefined where both are activations. One channel may become several.
 * @throws OctetError where broadcasting (ONNX multidirectional, shapes aligned at their ends) would otherwise
 *   change the activation's
 * shape, or the constant differs within a channel.
 */
export function splitOperands(
  node: AddNode | MulNode,
  initializers: ReadonlyMap<string, Tensor<'float32'>>,
  shapes: ReadonlyMap<string, Shape>,
): { activation: string; affine: Affine } | undefined {
  const side = node.inputs.findIndex((name) => initializers.has(name))
  if (side < 0) return undefined
  const activation = node.inputs[1 - side]
  const constant = initializers.get(node.inputs[side])!
  const [from, to] = [shapes.get(activation)!, shapes.get(node.output)!]
  const what = `its constant ${quoted(node.inputs[side])} ${bracketed(constant.shape)}`
  if (to.length !== from.length || !sameShape([from[0], ...to.slice(1, 2), ...from.slice(2)], to))
    fail(
      node,
      `${what} would widen ${sample(from)} to ${sample(to)}`,
      'repeat the tensor before it until the shapes are the same, and export the model again',
    )
  const channels = to[1] ?? 1
  const values = perChannel(constant, to.length, channels)
  if (values === undefined)
    fail(
      node,
      `${what} ${constant.data.length === 0 ? 'is empty' : `differs within a channel of ${sample(to)}`}`,
      `only one value for each of the ${channels} channels can be ${node.op === 'Add' ? 'added' : 'multiplied'}: move the constant into a layer beside it`,
    )
  const affine =
    node.op === 'Add'
      ? { gain: new Float64Array(channels).fill(1), offset: values }
      : { gain: values, offset: new Float64Array(channels) }
  return { activation, affine }
}

/** Of the two activations of a Mul, the larger comes first. */
export function largerFirst(node: MulNode, shapes: ReadonlyMap<string, Shape>): MulNode {
  const [a, b] = node.inputs
  return elements(shapes.get(a)!) < elements(shapes.get(b)!) ? { ...node, inputs: [b, a] } : node
}

/**
 * The value that each channel, axis 1 of the activation, meets; undefined where there is none, or one channel meets
 * several.
 */
function perChannel(
  { shape, data }: Tensor<'float32'>,
  rank: number,
  channels: number,
): Float64Array | undefined {
  const axis = shape.length - (rank - 1)
  const size = shape[axis] ?? 1
  const run = elements(shape.slice(Math.max(axis + 1, 0)))
  const values = new Float64Array(channels).fill(data[0])
  for (let c = 0; c < size; c++) if (size > 1) values[c] = data[c * run]
  const uniform = data.every((value, i) => value === values[size === 1 ? 0 : Math.floor(i / run) % size])
  return data.length > 0 && uniform ? values : undefined
}

/** A shape at batch 1 as one of any batch. */
function sample(shape: Shape): string {
  return shape[0] === 1
    ? `[N${shape
        .slice(1)
        .map((size) => `, ${size}`)
        .join('')}]`
    : bracketed(shape)
}
