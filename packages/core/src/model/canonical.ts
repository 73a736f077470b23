import { OctetError } from '../error.ts'
import { elements, tensor, type Shape, type Tensor } from '../tensor/tensor.ts'
import { NO_PADS } from '../kernel/spec.ts'
import type {
  AddNode,
  BatchNormalizationNode,
  ConvNode,
  GemmNode,
  Graph,
  HardSigmoidNode,
  MatMulNode,
  MulNode,
  Node,
} from './graph.ts'
import { inferShapes } from './shapes.ts'

/**
 * The same function in fewer forms, for inference:
 * - BatchNormalization is folded into the Conv or Gemm before it, w' = w * g, b' = (b - mean) * g + B with
 *   g = scale / sqrt(var + epsilon) (Jacob et al. 2018, section 3.2), in float64 and rounded once; where nothing is
 *   before it, on images, it becomes a depthwise 1x1 Conv;
 * - Gemm is y = x * W^T + b: alpha, beta and the transposes are folded into constant W [N,K] and b [N];
 * - MatMul by a constant, and the Add of a constant after it, become such a Gemm;
 * - a constant that is added or multiplied per channel right after a Conv or Gemm is folded into it;
 * - Conv and Gemm always have a bias;
 * - of a Mul's two activations the larger comes first; x * HardSigmoid(x) of alpha 1/6 and beta 1/2 is a HardSwish.
 * @throws OctetError where weights are not constants or a form is not covered.
 */
export function canonicalize(graph: Graph): Graph {
  const shapes = inferShapes(graph, 1)
  const initializers = new Map(graph.initializers)
  const nodes: Node[] = []
  const uses = countUses(graph)
  /** Output name -> index in `nodes` of the Conv or Gemm that may still take an affine map in. */
  const open = new Map<string, number>()

  const constant = (node: Node, index: number): Tensor<'float32'> => {
    const found = initializers.get(node.inputs[index])
    if (found === undefined)
      throw new OctetError(
        `${node.op} "${node.name}": its input "${node.inputs[index]}" must be a constant`,
        'export the model with its weights frozen',
      )
    return found
  }
  const emit = (node: ConvNode | GemmNode, weight: Tensor<'float32'>, bias: Float32Array): void => {
    const names = [`${node.name}.weight`, `${node.name}.bias`]
    initializers.set(names[0], weight)
    initializers.set(names[1], tensor('float32', [bias.length], bias))
    open.set(node.output, nodes.length)
    nodes.push({ ...node, inputs: [node.inputs[0], ...names] })
  }
  /** Applies y = gain * y + offset, per output channel, to the Conv or Gemm that makes `input`; false where there is none to take it. */
  const absorb = (node: Node, gain: Float64Array, offset: Float64Array): boolean => {
    const index = open.get(node.inputs[0])
    if (index === undefined || uses.get(node.inputs[0]) !== 1) return false
    const target = nodes[index] as ConvNode | GemmNode
    const weight = initializers.get(target.inputs[1])!
    const bias = initializers.get(target.inputs[2])!.data
    const inner = weight.data.length / weight.shape[0]
    initializers.set(
      target.inputs[1],
      tensor(
        'float32',
        weight.shape,
        weight.data.map((w, i) => w * gain[Math.floor(i / inner)]),
      ),
    )
    initializers.set(
      target.inputs[2],
      tensor(
        'float32',
        [bias.length],
        bias.map((b, m) => b * gain[m] + offset[m]),
      ),
    )
    nodes[index] = { ...target, output: node.output }
    open.delete(node.inputs[0])
    open.set(node.output, index)
    return true
  }

  for (const node of graph.nodes) {
    switch (node.op) {
      case 'Conv': {
        const weight = constant(node, 1)
        emit(
          node,
          weight,
          node.inputs.length > 2 ? constant(node, 2).data : new Float32Array(weight.shape[0]),
        )
        break
      }
      case 'Gemm':
        emit(plain(node), ...gemmConstants(node, constant))
        break
      case 'MatMul':
        if (initializers.has(node.inputs[1])) {
          const weight = transpose(constant(node, 1))
          emit(plain(node), weight, new Float32Array(weight.shape[0]))
        } else nodes.push(node)
        break
      case 'BatchNormalization': {
        const { gain, offset } = affineOf(node, constant)
        if (absorb(node, gain, offset)) break
        const channels = gain.length
        if (shapes.get(node.inputs[0])!.length !== 4)
          throw new OctetError(`BatchNormalization "${node.name}": no Conv or Gemm before it to fold into`)
        const weight = tensor('float32', [channels, 1, 1, 1], Float32Array.from(gain))
        emit(depthwise(node, channels), weight, Float32Array.from(offset))
        break
      }
      case 'Add':
      case 'Mul': {
        const operand = constantOperand(node, initializers)
        if (operand === undefined) nodes.push(node.op === 'Mul' ? largerFirst(node, shapes) : node)
        else if (!absorbConstant(operand.node, operand.constant, shapes.get(node.output)!, absorb))
          throw new OctetError(
            `${node.op} "${node.name}": a constant can only be ${node.op === 'Add' ? 'added' : 'multiplied'} per channel, right after a Conv, Gemm or MatMul`,
          )
        break
      }
      case 'Concat': {
        const fixed = node.inputs.find((name) => initializers.has(name))
        if (fixed !== undefined)
          throw new OctetError(
            `Concat "${node.name}": its input "${fixed}" is a constant, only activations are joined`,
          )
        nodes.push(node)
        break
      }
      default:
        nodes.push(node)
    }
  }
  const joined = joinHardSwish(nodes, uses)
  return { ...graph, nodes: joined, initializers: used(joined, initializers) }
}

/** How many nodes read each tensor; the graph's own output counts as read once. */
export function countUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>([[graph.output, 1]])
  for (const node of graph.nodes) for (const name of node.inputs) uses.set(name, (uses.get(name) ?? 0) + 1)
  return uses
}

function affineOf(
  node: BatchNormalizationNode,
  constant: (node: Node, index: number) => Tensor<'float32'>,
): { gain: Float64Array; offset: Float64Array } {
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => constant(node, index).data)
  const gain = Float64Array.from(scale, (s, c) => s / Math.sqrt(variance[c] + node.attributes.epsilon))
  return { gain, offset: Float64Array.from(shift, (b, c) => b - mean[c] * gain[c]) }
}

function plain(node: GemmNode | MatMulNode): GemmNode {
  return { ...node, op: 'Gemm', attributes: { alpha: 1, beta: 1, transA: false, transB: true } }
}

function gemmConstants(
  node: GemmNode,
  constant: (node: Node, index: number) => Tensor<'float32'>,
): [Tensor<'float32'>, Float32Array] {
  const { alpha, beta, transA, transB } = node.attributes
  if (transA) throw new OctetError(`Gemm "${node.name}": transA on an activation is not supported`)
  const stored = transB ? constant(node, 1) : transpose(constant(node, 1))
  const weight =
    alpha === 1
      ? stored
      : tensor(
          'float32',
          stored.shape,
          stored.data.map((w) => w * alpha),
        )
  const outputs = weight.shape[0]
  if (node.inputs.length < 3) return [weight, new Float32Array(outputs)]
  const bias = constant(node, 2).data
  if (bias.length !== 1 && bias.length !== outputs)
    throw new OctetError(`Gemm "${node.name}": C must have 1 or ${outputs} elements, it has ${bias.length}`)
  return [weight, Float32Array.from({ length: outputs }, (_, n) => beta * bias[bias.length === 1 ? 0 : n])]
}

function transpose(matrix: Tensor<'float32'>): Tensor<'float32'> {
  const [rows, columns] = matrix.shape
  const turned = tensor('float32', [columns, rows])
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) turned.data[c * rows + r] = matrix.data[r * columns + c]
  return turned
}

function depthwise(node: BatchNormalizationNode, channels: number): ConvNode {
  return {
    op: 'Conv',
    name: node.name,
    inputs: [node.inputs[0]],
    output: node.output,
    attributes: { kernel: [1, 1], strides: [1, 1], pads: NO_PADS, dilations: [1, 1], group: channels },
  }
}

/** An Add or Mul with one constant side, its activation moved to the front. */
function constantOperand(
  node: AddNode | MulNode,
  initializers: ReadonlyMap<string, Tensor<'float32'>>,
): { node: AddNode | MulNode; constant: Tensor<'float32'> } | undefined {
  const [a, b] = node.inputs
  const [first, second] = [initializers.get(a), initializers.get(b)]
  if (second !== undefined) return { node, constant: second }
  return first === undefined ? undefined : { node: { ...node, inputs: [b, a] }, constant: first }
}

function largerFirst(node: MulNode, shapes: ReadonlyMap<string, Shape>): MulNode {
  const [a, b] = node.inputs
  return elements(shapes.get(a)!) < elements(shapes.get(b)!) ? { ...node, inputs: [b, a] } : node
}

/** As exporters write it where the opset has no HardSwish; quantized, the product would be rounded twice. */
function joinHardSwish(nodes: readonly Node[], uses: ReadonlyMap<string, number>): readonly Node[] {
  const gates = new Map<string, HardSigmoidNode>()
  const joined = new Set<Node>()
  const made = nodes.map((node): Node => {
    if (node.op === 'HardSigmoid' && isSixth(node) && uses.get(node.output) === 1)
      gates.set(node.output, node)
    if (node.op !== 'Mul') return node
    const [a, b] = node.inputs
    for (const [x, gate] of [
      [a, gates.get(b)],
      [b, gates.get(a)],
    ] as const)
      if (gate?.inputs[0] === x) {
        joined.add(gate)
        return { op: 'HardSwish', name: node.name, inputs: [x], output: node.output, attributes: null }
      }
    return node
  })
  return made.filter((node) => !joined.has(node))
}

function isSixth({ attributes: { alpha, beta } }: HardSigmoidNode): boolean {
  return Math.fround(alpha) === Math.fround(1 / 6) && beta === 0.5
}

function absorbConstant(
  node: AddNode | MulNode,
  constant: Tensor<'float32'>,
  output: readonly number[],
  absorb: (node: Node, gain: Float64Array, offset: Float64Array) => boolean,
): boolean {
  const channels = output[1]
  // Per channel means: all sizes are 1 but the one on axis 1 of the output.
  const axis = constant.shape.length - (output.length - 1)
  const perChannel =
    constant.data.length === 1 || (constant.data.length === channels && constant.shape[axis] === channels)
  if (!perChannel) return false
  const values = Float64Array.from(
    { length: channels },
    (_, c) => constant.data[constant.data.length === 1 ? 0 : c],
  )
  return node.op === 'Add'
    ? absorb(node, new Float64Array(channels).fill(1), values)
    : absorb(node, values, new Float64Array(channels))
}

function used(
  nodes: readonly Node[],
  initializers: ReadonlyMap<string, Tensor<'float32'>>,
): Map<string, Tensor<'float32'>> {
  const names = new Set(nodes.flatMap((node) => node.inputs))
  return new Map([...initializers].filter(([name]) => names.has(name)))
}
