import {
  Names,
  yieldedBy,
  type Graph,
  type Layer,
  type LayerNode,
  type Model,
  type QParams,
} from '@octet/core'
import { sameGrid } from './integers.ts'
import { isMark, readersOf, type Recognized } from './recognized.ts'

/**
 * The model without the Identities that mark the file's roundings, if its layers do these roundings:
 * - after an integer layer, or on the grid that a tensor already has, nothing is to be done;
 * - a float tensor that only integer layers read is put on the grid when they read it;
 * - otherwise the Identity itself is an integer layer: from one grid to another, or for readers in floats.
 */
export function withoutMarks(
  model: Model,
  marks: ReadonlyMap<string, QParams>,
  known: Recognized,
): Recognized & { readonly model: Model } {
  const readers = readersOf(model)
  const yielded = new Set(yieldedBy(model.graph))
  const [grids, layers] = [new Map(known.grids), new Set(known.layers)]
  /** For each removed tensor, the tensor that replaces it. */
  const same = new Map<string, string>()
  /** Float tensors that are rounded when integer layers read them. */
  const rounded = new Map<string, QParams>()
  /** By Identity: the layer that is added before it. */
  const copies = new Map<string, Layer>()
  const names = namesIn(model)

  const isReadInIntegers = (tensor: string, grid: QParams): boolean => {
    const reading = readers.get(tensor) ?? []
    return (
      reading.length > 0 &&
      !yielded.has(tensor) &&
      reading.every((reader) => {
        if (!isMark(reader, marks)) return layers.has(reader.name)
        return !sameGrid(marks.get(reader.name)!, grid) || isReadInIntegers(reader.output, grid)
      })
    )
  }
  /** Whether the layer has no further use, because its output equals its input. */
  const isGone = (mark: Layer, grid: QParams): boolean => {
    const before = known.grids.get(mark.inputs[0])
    if (before !== undefined) return sameGrid(before, grid)
    const input = same.get(mark.inputs[0]) ?? mark.inputs[0]
    const other = rounded.get(input)
    if (other !== undefined && !sameGrid(other, grid)) {
      const copy = copyOf(input, names)
      copies.set(mark.name, copy)
      grids.set(copy.output, grid)
      return false
    }
    rounded.set(input, grid)
    grids.set(input, grid)
    return isReadInIntegers(mark.output, grid)
  }
  const kept = model.layers.flatMap((layer): Layer[] => {
    const grid = isMark(layer, marks) ? marks.get(layer.name) : undefined
    const moved = { ...layer, inputs: layer.inputs.map((name) => same.get(name) ?? name) }
    if (grid === undefined) return [moved]
    if (isGone(layer, grid)) {
      same.set(layer.output, moved.inputs[0])
      return []
    }
    layers.add(layer.name)
    const copy = copies.get(layer.name)
    return copy === undefined ? [moved] : [copy, { ...moved, inputs: [copy.output] }]
  })
  const left = new Set(kept.map(({ name }) => name))
  const gone = new Set(model.layers.flatMap(({ name }) => (left.has(name) ? [] : name)))
  const graph = rewired(model.graph, { same, gone, copies })
  const nodes = new Map(graph.nodes.map((node) => [node.name, node as LayerNode]))
  return {
    ...known,
    model: { graph, layers: kept.map((layer) => withNode(layer, nodes.get(layer.name) ?? layer.node)) },
    grids,
    layers,
  }
}

function withNode(layer: Layer, node: LayerNode): Layer {
  return { ...layer, node }
}

interface Changes {
  readonly same: ReadonlyMap<string, string>
  readonly gone: ReadonlySet<string>
  readonly copies: ReadonlyMap<string, Layer>
}

function rewired({ output, states, nodes, ...graph }: Graph, { same, gone, copies }: Changes): Graph {
  const resolve = (name: string): string => same.get(name) ?? name
  return {
    ...graph,
    output: resolve(output),
    ...(states && { states: states.map((state) => ({ ...state, output: resolve(state.output) })) }),
    nodes: nodes.flatMap((node) => {
      if (gone.has(node.name)) return []
      const copy = copies.get(node.name)
      if (copy !== undefined) return [copy.node, { ...node, inputs: [copy.output] }]
      return [{ ...node, inputs: node.inputs.map(resolve) }]
    }),
  }
}

/** A copy of a float tensor, made by a float layer. */
function copyOf(input: string, names: Names): Layer {
  const [name, output] = [names.fresh(`${input}.copy`), names.fresh(`${input}.copied`)]
  const node: LayerNode = { op: 'Identity', name, inputs: [input], output, attributes: null }
  return { name, node, inputs: [input], output, clamp: [-Infinity, Infinity] }
}

function namesIn({ graph: { nodes, initializers, inputs } }: Model): Names {
  return new Names([
    ...nodes.flatMap(({ name, output }) => [name, output]),
    ...initializers.keys(),
    ...inputs.map(({ name }) => name),
  ])
}
