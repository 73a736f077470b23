import { elements, tensor, type Tensor } from '../../tensor/tensor.ts'
import type { Graph } from '../graph.ts'
import type { Node } from '../../ops/list.ts'
import { Move, straight } from '../../ops/move/move.ts'
import { PAIRS } from '../../ops/pair/pair.ts'
import { UNARY } from '../../ops/unary/unary.ts'
import { activationNames, Names } from '../names.ts'
import { inferShapes } from '../shapes.ts'

/** A tensor that is another tensor with reordered axes: its axis a is axis perm[a] of the other. */
interface Turned {
  readonly of: string
  readonly perm: readonly number[]
  /** The name of the Transpose that yields it. */
  readonly node: string
}

/**
 * The graph with its Transposes moved behind the nodes that compute the same in any order of axes. Pairs that undo each
 * other then meet and are removed, and an activation follows directly the layer that it is fused into. Channels-last
 * models have many such pairs. Returns the graph itself if nothing moves, or if more elements would be transposed.
 */
export function sinkTransposes(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op === 'Transpose')) return graph
  const sunk = new Sinking(graph).run()
  const linksOf = ({ nodes }: Graph): string =>
    JSON.stringify(nodes.map(({ inputs, output }) => [inputs, output]))
  const same = linksOf(sunk) === linksOf(graph)
  return same || transposedBy(sunk) > transposedBy(graph) ? graph : sunk
}

/** The number of elements that the Transposes of a graph move, for a batch of one. */
function transposedBy(graph: Graph): number {
  const shapes = inferShapes(graph, 1)
  return graph.nodes.reduce(
    (sum, { op, output }) => sum + (op === 'Transpose' ? elements(shapes.get(output)!) : 0),
    0,
  )
}

class Sinking {
  readonly #graph: Graph
  readonly #names: Names
  readonly #nodeNames: Names
  readonly #nodes: Node[] = []
  readonly #initializers: Map<string, Tensor<'float32'>>
  readonly #turned = new Map<string, Turned>()
  /** Turned tensors that a Transpose yields already, because a node reads them. */
  readonly #made = new Set<string>()
  /** Tensors that equal another tensor, by name. */
  readonly #same = new Map<string, string>()

  constructor(graph: Graph) {
    this.#graph = graph
    this.#names = new Names([...activationNames(graph), ...graph.initializers.keys()])
    this.#nodeNames = new Names(graph.nodes.map(({ name }) => name))
    this.#initializers = new Map(graph.initializers)
  }

  run(): Graph {
    for (const source of this.#graph.nodes) {
      const node = { ...source, inputs: source.inputs.map((name) => this.#same.get(name) ?? name) } as Node
      if (node.op === 'Transpose') this.#turn(node)
      else if (!this.#sink(node)) this.#emit(node)
    }
    const { output, states } = this.#graph
    const endOf = (name: string): string => {
      const end = this.#same.get(name) ?? name
      this.#make(end)
      return end
    }
    const end = endOf(output)
    // A graph whose output is its input must still compute something.
    const kept = this.#graph.inputs.some(({ name }) => name === end)
    if (kept) this.#nodes.push(this.#identity(end, output))
    return {
      ...this.#graph,
      output: kept ? output : end,
      ...(states && { states: states.map(({ input, output }) => ({ input, output: endOf(output) })) }),
      nodes: this.#nodes,
      initializers: this.#initializers,
    }
  }

  /** One Transpose in place of all nodes between a graph's input and its output. */
  #identity(input: string, output: string): Node {
    const { name } = this.#graph.nodes.find((node) => node.output === output)!
    const { shape } = this.#graph.inputs.find((value) => value.name === input)!
    const perm = Array.from({ length: shape.length + 1 }, (_, axis) => axis)
    return { op: 'Transpose', name, inputs: [input], output, attributes: { perm } }
  }

  #turn(node: Extract<Node, { op: 'Transpose' }>): void {
    const [input] = node.inputs
    const before = this.#turned.get(input)
    const { perm } = node.attributes
    const whole = before === undefined ? perm : perm.map((axis) => before.perm[axis])
    const of = before?.of ?? input
    if (whole.every((axis, place) => axis === place)) this.#same.set(node.output, of)
    else this.#turned.set(node.output, { of, perm: whole, node: node.name })
  }

  /** Makes the node compute before the Transposes of its inputs. Returns false if it cannot. */
  #sink(node: Node): boolean {
    const first = node.inputs.map((name) => this.#turned.get(name)).find((turned) => turned !== undefined)
    if (first === undefined) return false
    const inputs = node.inputs.map((name) => this.#before(name, first.perm))
    if (!inputs.every((name) => name !== undefined)) return false
    const attributes = attributesBefore(node, first.perm)
    if (attributes === undefined) return false
    const names = inputs.map((make) => make())
    const output = this.#names.fresh(`${node.output}.turned`)
    this.#nodes.push({ ...node, inputs: names, output, attributes } as Node)
    const name = this.#nodeNames.fresh(`${node.name}.transpose`)
    this.#turned.set(node.output, { of: output, perm: first.perm, node: name })
    return true
  }

  /**
   * The tensor that a Transpose by `perm` turns into this tensor, made when it is needed; undefined if there is none.
   */
  #before(name: string, perm: readonly number[]): (() => string) | undefined {
    const turned = this.#turned.get(name)
    if (turned !== undefined) return turned.perm.join() === perm.join() ? () => turned.of : undefined
    const constant = this.#initializers.get(name)
    if (constant === undefined || constant.shape.length > perm.length) return undefined
    if (constant.data.length === 1) return () => name
    return () => {
      const made = this.#names.fresh(`${name}.turned`)
      this.#initializers.set(made, turnedBack(constant, perm))
      return made
    }
  }

  #emit(node: Node): void {
    for (const name of node.inputs) this.#make(name)
    this.#nodes.push(node)
  }

  /** Makes a turned tensor, once. */
  #make(name: string): void {
    const turned = this.#turned.get(name)
    if (turned === undefined || this.#made.has(name)) return
    const { of, perm, node } = turned
    this.#made.add(name)
    this.#nodes.push({ op: 'Transpose', name: node, inputs: [of], output: name, attributes: { perm } })
  }
}

/** The attributes with which a node computes the same before a Transpose as behind it; undefined if there are none. */
function attributesBefore(node: Node, perm: readonly number[]): Node['attributes'] | undefined {
  const before = (axis: number): number => perm[axis < 0 ? axis + perm.length : axis]
  const place = <T>(values: readonly T[]): T[] => values.map((_, axis) => values[perm.indexOf(axis)])
  switch (node.op) {
    case 'Relu':
    case 'Clip':
      return node.attributes
    case 'Concat':
    case 'Gather':
      return { ...node.attributes, axis: before(node.attributes.axis) }
    case 'Slice':
      return { ...node.attributes, axes: node.attributes.axes.map(before) }
    case 'Pad': {
      const { pads } = node.attributes
      return {
        ...node.attributes,
        pads: [pads.slice(0, perm.length), pads.slice(perm.length)].flatMap(place),
      }
    }
    case 'Resize': {
      const { sizes, scales, regions } = node.attributes
      return { ...node.attributes, sizes: place(sizes), scales: place(scales), regions: place(regions) }
    }
    default:
      return node.op in UNARY || node.op in PAIRS ? node.attributes : undefined
  }
}

/** The constant that a Transpose by `perm` turns into this constant, broadcast to the rank of `perm`. */
function turnedBack({ shape, data }: Tensor<'float32'>, perm: readonly number[]): Tensor<'float32'> {
  const wide = [...perm.slice(shape.length).map(() => 1), ...shape]
  const from = perm.map((_, axis) => perm.indexOf(axis))
  const turned = tensor(
    'float32',
    from.map((axis) => wide[axis]),
  )
  const offsets = from.map((axis) => Int32Array.from(straight(wide, axis)))
  const [x, y] = [wide, turned.shape].map((sizes) => ({ dtype: 'float32' as const, shape: sizes }))
  const spec = { op: 'Move', inputs: [x], output: y } as const
  Move.compute(spec, { kind: 'move', offsets, fill: 0 }, [tensor('float32', wide, data)], turned)
  return turned
}
