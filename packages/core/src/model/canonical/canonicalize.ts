import { elements, type Shape } from '../../tensor/tensor.ts'
import type { PairNode } from '../../ops/pair/pair.ts'
import type { WhereNode } from '../../ops/where.ts'
import type { Graph } from '../graph.ts'
import type { Node } from '../../ops/list.ts'
import { withOwnNames } from '../names.ts'
import { prune } from '../reads.ts'
import { inferShapes } from '../shapes.ts'
import { affineOf } from './affine.ts'
import { gemmConstants, plainGemm, transpose } from './gemm.ts'
import { foldFlattened } from './flattened.ts'
import { type AffinePair, largerFirst, splitOperands } from './operands.ts'
import { joinLayerNormalization } from './layer-normalization.ts'
import { productsOfMatrices } from './matmul.ts'
import { joinReshapes } from './reshapes.ts'
import { functionsOfRows } from './rows.ts'
import { foldPads } from './pads.ts'
import { Rewriter, type ConstantAt } from './rewriter.ts'
import { gatherShuffles } from './shuffles.ts'
import { flattenSoftmax } from './softmax.ts'
import { sinkTransposes } from './transposes.ts'
import { joinWrittenOut } from './written-out.ts'

/**
 * The same function in fewer forms, for inference:
 * - nodes and constants that the output does not depend on are removed;
 * - BatchNormalization is folded into the Conv or Gemm before it, w' = w * g, b' = (b - mean) * g + B with
 *   g = scale / sqrt(var + epsilon) (Jacob et al. 2018, section 3.2), in float64 and rounded once;
 * - a constant that is added, subtracted, multiplied or divided by per channel right after a Conv or Gemm is folded
 *   into that layer, whose one output is repeated if the constant widens it;
 * - without a layer to fold into, these become a depthwise 1x1 Conv, between Reshapes if the tensor is not an image;
 * - Gemm is y = x * W^T + b: alpha, beta and the transposes are folded into constant W [N,K] and b [N];
 * - MatMul by a constant, and the Add of a constant after it, become such a Gemm;
 * - Conv and Gemm always have a bias, and constants that no other node reads;
 * - Min and Max with one number become a Clip, and a Pow by one number becomes a Power;
 * - GELU, Swish, Mish, Softplus, HardSigmoid and HardSwish that are written out in several nodes become one node each;
 * - the larger of a Mul's two activations comes first;
 * - Transposes move behind ops that compute the same in any order of axes, and pairs that undo each other are removed;
 *   a Reshape, a Transpose and a Reshape that only reorder channels become a Gather;
 * - a Transpose before a layer's row of features is folded into the order of the layer's weights;
 * - padding before a Conv or a pool becomes the window's own if the result is the same;
 * - a Softmax over the one axis that is longer than 1 becomes a Softmax of [N,F], and each function along an axis
 *   becomes a function of [R,F];
 * - a LayerNormalization that is written out becomes one node;
 * - consecutive Reshapes become one;
 * - a MatMul of more than two dimensions multiplies [M,K] by [K,N], or [B,M,K] by [B,K,N].
 * @throws OctetError naming the node if weights are not constants or if a form is not supported.
 */
export function canonicalize(source: Graph): Graph {
  let graph = moved(joinWrittenOut(prune(joinLayerNormalization(withOwnNames(prune(source))))))
  for (;;) {
    // Nodes of one function may become neighbours only after the nodes between them have moved or have their canonical
    // form.
    const layered = inForms(joinWrittenOut(graph))
    graph = moved(layered)
    if (graph === layered && joinWrittenOut(graph) === graph) return graph
  }
}

/** The graph after all moves; the same object if nothing moves. */
function moved(graph: Graph): Graph {
  return foldFlattened(foldPads(sinkTransposes(gatherShuffles(graph))))
}

function inForms(source: Graph): Graph {
  const graph = productsOfMatrices(functionsOfRows(flattenSoftmax(source)))
  const shapes = inferShapes(graph, 1)
  const rewriter = new Rewriter(graph, shapes)
  for (const node of graph.nodes) {
    const constant = rewriter.constantOf(node)
    const form = FORMS[node.op] as Form<Node> | undefined
    if (form === undefined) rewriter.push(node)
    else form(node, { rewriter, constant, graph, shapes })
  }
  return prune(joinReshapes(rewriter.graph()))
}

/** The context in which a node gets its canonical form. */
interface Situation {
  readonly graph: Graph
  readonly shapes: ReadonlyMap<string, Shape>
  readonly constant: ConstantAt
  readonly rewriter: Rewriter
}

/** Gives a node's canonical form to the rewriter. */
type Form<N extends Node> = (node: N, situation: Situation) => void

/** The ops that a canonical graph lacks or narrows. A node of any other op stays as it is. */
const FORMS: { readonly [Op in Node['op']]?: Form<Extract<Node, { op: Op }>> } = {
  Conv: (node, { rewriter, constant }) => {
    const weight = constant(1)
    const bias = node.inputs.length > 2 ? constant(2).data : new Float32Array(weight.shape[0])
    rewriter.emit(node, weight, bias)
  },
  Gemm: (node, { rewriter, constant }) => rewriter.emit(plainGemm(node), ...gemmConstants(node, constant)),
  MatMul: (node, { rewriter, constant }) => {
    if (!rewriter.isConstant(node.inputs[1]) || constant(1).shape.length !== 2) return rewriter.push(node)
    const weight = transpose(constant(1))
    rewriter.emit(plainGemm(node), weight, new Float32Array(weight.shape[0]))
  },
  BatchNormalization: (node, { rewriter, constant, shapes }) =>
    rewriter.apply(node, node.inputs[0], affineOf(node, constant, shapes.get(node.inputs[0])!)),
  Where: alignOperands,
  Equal: alignOperands,
  Less: alignOperands,
  LessOrEqual: alignOperands,
  Add: foldOperand,
  Sub: foldOperand,
  Mul: foldOperand,
  Div: foldOperand,
  Min: holdOperand,
  Max: holdOperand,
  Pow: (node, { rewriter, graph }) => {
    const [input, exponent] = node.inputs
    const [value] = graph.initializers.get(exponent)?.data ?? []
    if (!isOneNumber(rewriter, exponent, node)) return rewriter.pushAligned(rewriter.aligned(node))
    const { name, output } = node
    rewriter.push({ op: 'Power', name, inputs: [input], output, attributes: { exponent: value } })
  },
}

/** Brings the operands to one rank. */
function alignOperands(
  node: WhereNode | PairNode<'Equal' | 'Less' | 'LessOrEqual'>,
  { rewriter }: Situation,
): void {
  rewriter.pushAligned(rewriter.aligned(node))
}

/** Whether an input is a constant of one number that does not change the shape of the other input. */
function isOneNumber(rewriter: Rewriter, input: string, { inputs, output }: PairNode): boolean {
  const rank = rewriter.shapeOf(output).length
  const activation = inputs.find((name) => !rewriter.isConstant(name))!
  const isOne = rewriter.isConstant(input) && elements(rewriter.shapeOf(input)) === 1
  return isOne && rewriter.shapeOf(activation).length === rank
}

/** A Min or Max with a bound of one number becomes a Clip. */
function holdOperand(node: PairNode<'Min' | 'Max'>, { rewriter, graph }: Situation): void {
  const { name, inputs, output } = node
  const bound = inputs.find((input) => isOneNumber(rewriter, input, node))
  if (bound === undefined) return rewriter.pushAligned(rewriter.aligned(node))
  const [value] = graph.initializers.get(bound)!.data
  const [min, max] = node.op === 'Min' ? [-Infinity, value] : [value, Infinity]
  const activation = inputs.filter((input) => input !== bound)
  rewriter.push({ op: 'Clip', name, inputs: activation, output, attributes: { min, max } })
}

function foldOperand(source: AffinePair, { rewriter, graph }: Situation): void {
  const shapeOf = (name: string): Shape => rewriter.shapeOf(name)
  const node = rewriter.aligned(source)
  const split = splitOperands(node, graph.initializers, shapeOf)
  if (split !== undefined) rewriter.apply(node, split.activation, split.affine)
  else rewriter.pushAligned(node.op === 'Mul' ? largerFirst(node, shapeOf) : node)
}
