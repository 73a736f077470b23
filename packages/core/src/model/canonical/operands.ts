import { elements, sameShape, type Shape, type Tensor } from '../../tensor/tensor.ts'
import type { PairNode } from '../../ops/pair/pair.ts'
import type { Affine } from './rewriter.ts'

/** Ops that are affine maps of their activation if the other side is a constant. */
export type AffinePair = PairNode<'Add' | 'Sub' | 'Mul' | 'Div'>

/**
 * The activation and the constant of a pair that has one of each, on either side. The constant is given by its effect
 * on each channel. One channel may become several. Undefined if both are activations, if broadcasting (ONNX
 * multidirectional, shapes aligned at their ends) would otherwise change the activation's shape, if the constant
 * differs within a channel, and for a quotient by an activation or by zero.
 */
export function splitOperands(
  node: AffinePair,
  initializers: ReadonlyMap<string, Tensor<'float32'>>,
  shapeOf: (tensor: string) => Shape,
): { activation: string; affine: Affine } | undefined {
  const side = node.inputs.findIndex((name) => initializers.has(name))
  if (side < 0) return undefined
  const activation = node.inputs[1 - side]
  const constant = initializers.get(node.inputs[side])!
  const [from, to] = [shapeOf(activation), shapeOf(node.output)]
  if (to.length !== from.length || !sameShape([from[0], ...to.slice(1, 2), ...from.slice(2)], to))
    return undefined
  const channels = to[1] ?? 1
  const values = perChannel(constant, to.length, channels)
  if (values === undefined) return undefined
  const affine = affineBy(node.op, values, side === 0)
  return affine && { activation, affine }
}

/** The effect of a pair on its activation. `isFirst`: the constant is the first operand. */
function affineBy(op: AffinePair['op'], values: Float64Array, isFirst: boolean): Affine | undefined {
  const all = (value: number): Float64Array => new Float64Array(values.length).fill(value)
  switch (op) {
    case 'Add':
      return { gain: all(1), offset: values }
    case 'Sub':
      return isFirst
        ? { gain: all(-1), offset: values }
        : { gain: all(1), offset: values.map((value) => -value) }
    case 'Mul':
      return { gain: values, offset: all(0) }
    case 'Div':
      return isFirst || values.includes(0)
        ? undefined
        : { gain: values.map((value) => 1 / value), offset: all(0) }
  }
}

/** The Mul with the larger of its two factors first. */
export function largerFirst(node: PairNode<'Mul'>, shapeOf: (tensor: string) => Shape): PairNode<'Mul'> {
  const [a, b] = node.inputs
  return elements(shapeOf(a)) < elements(shapeOf(b)) ? { ...node, inputs: [b, a] } : node
}

/** The value for each channel (axis 1 of the activation); undefined if a channel has no value or several. */
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
