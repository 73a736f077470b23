import type { Node } from '../../ops/list.ts'
import { elements, sameShape, tensor, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { activationNames, Names } from '../names.ts'
import { largestBatch, type Graph } from '../graph.ts'
import { onlyReaders } from '../reads.ts'
import { inferShapes } from '../shapes.ts'

/**
 * The graph with each written-out LayerNormalization as one node: (x - mean) / sqrt(mean of its square + epsilon), with
 * means over the last axes of x. The constant scale and bias behind it are included if both have the sizes of those
 * axes. A quotient may be a product with a reciprocal or a power; a square may be a product or a power.
 */
export function joinLayerNormalization(graph: Graph): Graph {
  if (!graph.nodes.some((node) => rootOf(node, 0.5) ?? rootOf(node, -0.5))) return graph
  const written = new Written(graph)
  const taken = new Set<Node>()
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (taken.has(node)) return []
    const found = written.normalized(node)
    if (found === undefined) return [node]
    const { made, behind } = written.withAffine(node, found)
    for (const one of behind) taken.add(one)
    return [made]
  })
  return { ...graph, nodes, initializers: written.initializers }
}

/** The normalized part: x over its axes from `axis` on. */
interface Normalized {
  readonly x: string
  readonly axis: number
  readonly epsilon: number
}

/** Reads a graph backwards from a quotient. */
class Written {
  readonly initializers: Map<string, Tensor<'float32'>>
  readonly #makers: ReadonlyMap<string, Node>
  readonly #readerOf: (name: string) => Node | undefined
  readonly #shapes: ReadonlyMap<string, Shape>
  readonly #names: Names

  constructor(graph: Graph) {
    this.initializers = new Map(graph.initializers)
    this.#makers = new Map(graph.nodes.map((node) => [node.output, node]))
    this.#readerOf = onlyReaders(graph)
    this.#shapes = inferShapes(graph, Math.min(2, largestBatch(graph)))
    this.#names = new Names([...activationNames(graph), ...graph.initializers.keys()])
  }

  /** The input of a normalization, if the node is the quotient by a deviation. */
  normalized(node: Node): Normalized | undefined {
    for (const [above, below] of this.#quotients(node)) {
      const centred = this.#centred(above)
      const variance = centred && this.#variance(below)
      if (variance === undefined) continue
      const { x, axis } = centred!
      const spread = this.#meanOf(variance.of)
      const squared = spread && this.#squared(spread.x)
      const same = squared !== undefined && (squared === above || this.#centred(squared)?.x === x)
      if (same && spread!.axis === axis) return { x, axis, epsilon: variance.epsilon }
    }
    return undefined
  }

  /** The node that normalizes, including the constant Mul and Add behind it. */
  withAffine(node: Node, { x, axis, epsilon }: Normalized): { made: Node; behind: readonly Node[] } {
    const inner = this.#shapes.get(x)!.slice(axis)
    const behind: Node[] = []
    let output = node.output
    const constant = (op: 'Mul' | 'Add'): Tensor<'float32'> | undefined => {
      const next = this.#readerOf(output)
      if (next?.op !== op) return undefined
      const held = this.initializers.get(next.inputs.find((name) => name !== output) ?? output)
      const fits = held !== undefined && sameShape(withoutOnes(held.shape), withoutOnes(inner))
      if (!fits || held.shape.length > this.#shapes.get(output)!.length) return undefined
      behind.push(next)
      output = next.output
      return held
    }
    const keep = (part: string, held: Tensor<'float32'>): string => {
      const name = this.#names.fresh(`${node.name}.${part}`)
      this.initializers.set(name, tensor('float32', inner, held.data))
      return name
    }
    const scale = constant('Mul') ?? tensor('float32', inner, new Float32Array(elements(inner)).fill(1))
    const bias = constant('Add')
    const inputs = [x, keep('scale', scale), ...(bias === undefined ? [] : [keep('bias', bias)])]
    const attributes = { axis, epsilon }
    return { made: { op: 'LayerNormalization', name: node.name, inputs, output, attributes }, behind }
  }

  #maker(name: string, op: string): Node | undefined {
    const node = this.#makers.get(name)
    return node?.op === op ? node : undefined
  }

  /** The two sides of a quotient. `below` is the tensor whose square root divides. */
  #quotients(node: Node): readonly (readonly [above: string, below: string])[] {
    const [a, b] = node.inputs
    const pairs: [string, string | undefined][] =
      node.op === 'Div'
        ? [[a, rootOf(this.#makers.get(b), 0.5)]]
        : node.op === 'Mul'
          ? [
              [a, this.#inverseRoot(b)],
              [b, this.#inverseRoot(a)],
            ]
          : []
    return pairs.flatMap(([above, below]) => (below === undefined ? [] : [[above, below] as const]))
  }

  /** The tensor a for which `name` is 1 / sqrt(a). */
  #inverseRoot(name: string): string | undefined {
    const inverse = this.#maker(name, 'Reciprocal')
    return inverse ? rootOf(this.#makers.get(inverse.inputs[0]), 0.5) : rootOf(this.#makers.get(name), -0.5)
  }

  /** The x of x minus its mean. */
  #centred(name: string): { x: string; axis: number } | undefined {
    const node = this.#makers.get(name)
    const [a, b] = node?.inputs ?? []
    const sides: [string, string | undefined][] =
      node?.op === 'Sub'
        ? [[a, b]]
        : node?.op === 'Add'
          ? [
              [a, this.#maker(b, 'Neg')?.inputs[0]],
              [b, this.#maker(a, 'Neg')?.inputs[0]],
            ]
          : []
    for (const [x, mean] of sides) {
      const found = mean === undefined ? undefined : this.#meanOf(mean)
      if (found?.x === x) return found
    }
    return undefined
  }

  /** The tensor to which one number, zero or positive, is added. */
  #variance(name: string): { of: string; epsilon: number } | undefined {
    const sum = this.#maker(name, 'Add')
    if (sum === undefined) return undefined
    const [of, other] = this.initializers.has(sum.inputs[0]) ? sum.inputs.toReversed() : sum.inputs
    const held = this.initializers.get(other)
    return held?.data.length === 1 && held.data[0] >= 0 ? { of, epsilon: held.data[0] } : undefined
  }

  #squared(name: string): string | undefined {
    const node = this.#makers.get(name)
    const [a, b] = node?.inputs ?? []
    if (node?.op === 'Mul') return a === b ? a : undefined
    if (node?.op === 'Power') return node.attributes.exponent === 2 ? a : undefined
    const held = node?.op === 'Pow' ? this.initializers.get(b) : undefined
    return held?.data.length === 1 && held.data[0] === 2 ? a : undefined
  }

  /**
   * The tensor x for which `name` is the mean over the last axes, kept with size 1: a pool over the whole image, and
   * Reshapes.
   */
  #meanOf(name: string): { x: string; axis: number } | undefined {
    const outer = this.#maker(name, 'Reshape')
    const pool = this.#makers.get(outer?.inputs[0] ?? name)
    if (pool?.op !== 'AveragePool' && pool?.op !== 'GlobalAveragePool') return undefined
    const inner = this.#maker(pool.inputs[0], 'Reshape')
    const x = inner?.inputs[0] ?? pool.inputs[0]
    const [shape, kept] = [this.#shapes.get(x), this.#shapes.get(name)!]
    const [, , height, width] = this.#shapes.get(pool.inputs[0])!
    const isWhole = elements(this.#shapes.get(pool.output)!.slice(2)) === 1
    if (shape === undefined || !isWhole || shape.length !== kept.length) return undefined
    const axis = shape.findIndex((_, at) => elements(shape.slice(at)) === height * width)
    const fits = axis > 0 && kept.every((size, at) => size === (at < axis ? shape[at] : 1))
    const padded = pool.op === 'AveragePool' && pool.attributes.pads.some((pad) => pad !== 0)
    return fits && !padded ? { x, axis } : undefined
  }
}

/** The base of a power, if the node is a root or the inverse of a root. */
function rootOf(node: Node | undefined, exponent: number): string | undefined {
  if (node?.op === 'Power' && node.attributes.exponent === exponent) return node.inputs[0]
  return node?.op === 'Sqrt' && exponent === 0.5 ? node.inputs[0] : undefined
}

function withoutOnes(shape: Shape): Shape {
  const first = shape.findIndex((size) => size !== 1)
  return first < 0 ? [] : shape.slice(first)
}
