import { OctetError } from '../error.ts'
import { bracketed, quoted, CONTRADICTION, fail } from '../ops/message.ts'
import { graphOp, type Node } from '../ops/list.ts'
import { sameShape, type Shape } from '../tensor/tensor.ts'
import type { Graph } from './graph.ts'

/**
 * The shape of every activation tensor, inputs included, for a batch size, by name.
 * @throws OctetError naming the node whose inputs do not fit together, or a state whose shape differs from its input's.
 */
export function inferShapes(graph: Graph, batch: number): Map<string, Shape> {
  const shapes = new Map(graph.inputs.map(({ name, shape }): [string, Shape] => [name, [batch, ...shape]]))
  const shapeOf = (node: Node, name: string): Shape => {
    const shape = shapes.get(name) ?? graph.initializers.get(name)?.shape
    if (shape === undefined)
      fail(node, `its input ${quoted(name)} is produced by no earlier node`, CONTRADICTION)
    return shape
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => shapeOf(node, name))
    shapes.set(node.output, outputShape(node, inputs))
  }
  if (!shapes.has(graph.output))
    throw new OctetError(
      `graph ${quoted(graph.name)}: no node produces the output ${quoted(graph.output)}`,
      CONTRADICTION,
    )
  for (const { input, output } of graph.states ?? []) {
    const [read, made] = [input, output].map((name) => shapes.get(name))
    if (read === undefined || made === undefined || !sameShape(read, made))
      throw new OctetError(
        `graph ${quoted(graph.name)}: its state ${quoted(output)} ${made ? bracketed(made) : 'is not computed, and'} ` +
          `does not fit input ${quoted(input)} ${read ? bracketed(read) : 'that is none'}`,
        'name an input and the output that has its value for the next sample',
      )
  }
  return shapes
}

/**
 * The shape of a node's output, from the shapes of all tensors that it reads, constants included.
 * @throws OctetError naming the node if the shapes do not fit together.
 */
export function outputShape(node: Node, inputs: readonly Shape[]): Shape {
  return graphOp(node).shape(node, inputs)
}
