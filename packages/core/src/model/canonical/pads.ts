import type { PadNode } from '../../ops/move/pad.ts'
import type { Node } from '../../ops/list.ts'
import type { Pads, Window } from '../../ops/spec.ts'
import type { Graph } from '../graph.ts'
import { prune } from '../reads.ts'
import { inferShapes } from '../shapes.ts'

/** The number that exporters write for -infinity. */
const LARGEST_FLOAT32 = 3.4028234663852886e38

/**
 * The graph without Pads that the windows behind them can take over: zeros before a Conv or before an AveragePool that
 * counts them, and values before a MaxPool that none of its windows can choose.
 */
export function foldPads(graph: Graph): Graph {
  const pads = new Map<string, PadNode>()
  for (const node of graph.nodes)
    if (node.op === 'Pad' && node.attributes.mode === 'constant') pads.set(node.output, node)
  if (pads.size === 0) return graph
  const shapes = inferShapes(graph, 1)
  const makers = new Map(graph.nodes.map((node) => [node.output, node]))
  const nodes = graph.nodes.map((node): Node => {
    const pad = pads.get(node.inputs[0])
    if (pad === undefined || shapes.get(pad.output)!.length !== 4) return node
    const [, , top, left, , , bottom, right] = pad.attributes.pads
    const outer = [0, 1, 4, 5].every((side) => pad.attributes.pads[side] === 0)
    const around: Pads = [top, left, bottom, right]
    if (!outer || around.some((size) => size < 0)) return node
    return taken(node, around, pad.attributes.value, () => isPositive(makers.get(pad.inputs[0]))) ?? node
  })
  if (nodes.every((node, i) => node === graph.nodes[i])) return graph
  return prune({
    ...graph,
    nodes: nodes.map((node, i) => (node === graph.nodes[i] ? node : reading(node, pads))),
  })
}

function reading(node: Node, pads: ReadonlyMap<string, PadNode>): Node {
  const [input, ...others] = node.inputs
  return { ...node, inputs: [pads.get(input)!.inputs[0], ...others] }
}

/** The node with the padding added to its own; undefined if that would change the result. */
function taken(node: Node, around: Pads, value: number, positive: () => boolean): Node | undefined {
  switch (node.op) {
    case 'Conv':
      return value === 0 ? { ...node, attributes: widened(node.attributes, around) } : undefined
    case 'AveragePool': {
      const { attributes } = node
      const counts = attributes.countIncludePad || attributes.pads.every((size) => size === 0)
      return value === 0 && counts && !attributes.ceilMode && holdsSome(attributes, around)
        ? { ...node, attributes: { ...widened(attributes, around), countIncludePad: true } }
        : undefined
    }
    case 'MaxPool': {
      const { attributes } = node
      const chosen = value > -LARGEST_FLOAT32 && !(value === 0 && positive())
      return !chosen && !attributes.ceilMode && holdsSome(attributes, around)
        ? { ...node, attributes: widened(attributes, around) }
        : undefined
    }
    default:
      return undefined
  }
}

function widened<W extends Window>(window: W, around: Pads): W {
  const [top, left, bottom, right] = window.pads.map((size, side) => size + around[side])
  return { ...window, pads: [top, left, bottom, right] }
}

/** Whether every window reaches into the image inside the padding. */
function holdsSome({ kernel, dilations, pads }: Window, around: Pads): boolean {
  return (
    dilations.every((step) => step === 1) &&
    pads.every((size, side) => size + around[side] < kernel[side % 2])
  )
}

/** Whether none of the values is negative. */
function isPositive(maker: Node | undefined): boolean {
  return (
    maker?.op === 'Relu' || (maker?.op === 'Clip' && maker.attributes.min >= 0) || maker?.op === 'Sigmoid'
  )
}
