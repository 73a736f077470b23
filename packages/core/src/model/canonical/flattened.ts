import type { Node } from '../../ops/list.ts'
import { elements, tensor, type Shape, type Tensor } from '../../tensor/tensor.ts'
import type { Graph } from '../graph.ts'
import { activationNames, Names } from '../names.ts'
import { countUses, prune } from '../reads.ts'
import { inferShapes } from '../shapes.ts'

/**
 * The graph without Transposes that only prepare a row of features for a layer. The layer's weights take the order
 * before the Transpose. Channels-last models have such a Transpose where images become features. A Transpose that moves
 * only axes of size 1 becomes a Reshape. Returns the graph itself if it has neither.
 */
export function foldFlattened(source: Graph): Graph {
  if (!source.nodes.some(({ op }) => op === 'Transpose')) return source
  const graph = withoutMoves(source)
  const shapes = inferShapes(graph, 1)
  const uses = countUses(graph)
  const makers = new Map(graph.nodes.map((node) => [node.output, node]))
  const names = new Names([...activationNames(graph), ...graph.initializers.keys()])
  const initializers = new Map(graph.initializers)
  const before = (name: string): Node | undefined => (uses.get(name) === 1 ? makers.get(name) : undefined)
  const rows = new Map<string, Node>()
  const nodes = graph.nodes.map((node): Node => {
    const side = weightSide(node)
    const weight = side === undefined ? undefined : graph.initializers.get(node.inputs[1])
    const row = before(node.inputs[0])
    const turn = row?.op === 'Reshape' || row?.op === 'Flatten' ? before(row.inputs[0]) : undefined
    if (weight?.shape.length !== 2 || row === undefined || turn?.op !== 'Transpose') return node
    const [x, y] = [turn.inputs[0], row.output].map((name) => shapes.get(name)!)
    const { perm } = turn.attributes
    if (perm[0] !== 0 || y.length !== 2 || y[0] !== x[0]) return node
    const made = names.fresh(`${node.inputs[1]}.ordered`)
    initializers.set(made, ordered(weight, side!, placesOf(x.slice(1), perm.slice(1))))
    rows.set(row.output, { ...row, inputs: [turn.inputs[0]], op: 'Flatten', attributes: { axis: 1 } })
    return { ...node, inputs: [node.inputs[0], made, ...node.inputs.slice(2)] }
  })
  if (rows.size === 0) return graph
  return prune({ ...graph, initializers, nodes: nodes.map((node) => rows.get(node.output) ?? node) })
}

/** The axis of a constant weight that meets the features: the first of [K,N], the second of [N,K]. */
function weightSide(node: Node): 0 | 1 | undefined {
  if (node.op === 'MatMul') return 0
  if (node.op !== 'Gemm' || node.attributes.transA) return undefined
  return node.attributes.transB ? 1 : 0
}

/** The position of each element of a sample, in the sample's order, behind a Transpose. */
function placesOf(shape: Shape, perm: readonly number[]): Uint32Array {
  const turned = perm.map((axis) => shape[axis - 1])
  const strides = turned.map((_, place) => elements(turned.slice(place + 1)))
  const own = shape.map((_, axis) => strides[perm.indexOf(axis + 1)])
  return Uint32Array.from({ length: elements(shape) }, (_, i) => {
    let [place, rest] = [0, i]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += (rest % shape[axis]) * own[axis]
      rest = Math.floor(rest / shape[axis])
    }
    return place
  })
}

/** The matrix with its features in another order. */
function ordered(matrix: Tensor<'float32'>, side: 0 | 1, places: Uint32Array): Tensor<'float32'> {
  const [rows, columns] = matrix.shape
  const made = tensor('float32', matrix.shape)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      made.data[r * columns + c] = matrix.data[side === 0 ? places[r] * columns + c : r * columns + places[c]]
  return made
}

/** Replaces Transposes that keep the order of all axes longer than 1 by Reshapes. */
function withoutMoves(graph: Graph): Graph {
  const shapes = inferShapes(graph, 1)
  const nodes = graph.nodes.map((node): Node => {
    const shape = node.op === 'Transpose' ? shapes.get(node.inputs[0]) : undefined
    if (node.op !== 'Transpose' || shape === undefined) return node
    const [samples, ...perm] = node.attributes.perm
    const long = perm.filter((axis) => shape[axis] !== 1)
    if (samples !== 0 || long.some((axis, i) => i > 0 && axis < long[i - 1])) return node
    return { ...node, op: 'Reshape', attributes: { shape: [0, ...perm.map((axis) => shape[axis])] } }
  })
  return nodes.every((node, i) => node === graph.nodes[i]) ? graph : { ...graph, nodes }
}
