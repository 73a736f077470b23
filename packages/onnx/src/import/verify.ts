import { inferShapes, OctetError, windowOutput, type Graph, type Node, type Shape } from '@octet/core'

/**
 * Checks what shape inference leaves open: that the batch stays free and in front all the way, that per-channel
 * constants have one value a channel, and that every window and axis has one meaning in all opsets.
 * @throws OctetError naming the node.
 */
export function verify(graph: Graph): void {
  const shapes = inferShapes(graph, 2)
  const larger = shapesAt3(graph)
  for (const node of graph.nodes) {
    const [shape, wider] = [shapes.get(node.output)!, larger.get(node.output)!]
    if (shape[0] !== 2 || wider[0] !== 3 || shape.slice(1).join() !== wider.slice(1).join())
      fail(
        node,
        'it does not keep the batch as the first dimension',
        'write the batch size as 0 or -1 where a shape is given',
      )
    verifyNode(node, graph, shapes)
  }
  for (const [name, { data }] of graph.initializers) {
    const at = data.findIndex((value) => !Number.isFinite(value))
    if (at >= 0) throw new OctetError(`initializer "${name}": element ${at} is ${data[at]}`)
  }
}

function shapesAt3(graph: Graph): Map<string, Shape> {
  try {
    return inferShapes(graph, 3)
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    throw new OctetError(
      `${error.message}: the model holds for one batch size only`,
      'export it with a free batch dimension',
    )
  }
}

function verifyNode(node: Node, graph: Graph, shapes: ReadonlyMap<string, Shape>): void {
  const lengthOf = (index: number): number | undefined =>
    graph.initializers.get(node.inputs[index])?.data.length
  const input = shapes.get(node.inputs[0]) ?? graph.initializers.get(node.inputs[0])!.shape
  switch (node.op) {
    case 'Conv': {
      const length = node.inputs.length > 2 ? lengthOf(2) : undefined
      const channels = shapes.get(node.output)![1]
      if (length !== undefined && length !== channels)
        fail(node, `its bias has ${length} values for ${channels} channels`)
      break
    }
    case 'BatchNormalization':
      for (const index of [1, 2, 3, 4]) {
        const length = lengthOf(index)
        if (length !== undefined && length !== input[1])
          fail(node, `"${node.inputs[index]}" has ${length} values for ${input[1]} channels`)
      }
      break
    case 'MaxPool':
    case 'AveragePool':
      verifyPool(node, input)
      break
    case 'Flatten':
      if (node.attributes.axis < -input.length || node.attributes.axis > input.length)
        fail(node, `axis ${node.attributes.axis} is outside rank ${input.length}`)
      break
    default:
  }
}

function verifyPool(node: Extract<Node, { op: 'MaxPool' | 'AveragePool' }>, input: Shape): void {
  const { attributes } = node
  const extent = ([0, 1] as const).map(
    (axis) => attributes.dilations[axis] * (attributes.kernel[axis] - 1) + 1,
  )
  if (attributes.pads.some((pad, side) => pad >= extent[side % 2]))
    fail(node, `pads [${attributes.pads.join(', ')}] reach a window that lies in padding alone`)
  if (node.op === 'MaxPool' || !attributes.ceilMode || !node.attributes.countIncludePad) return
  // Opsets before and after 19, and runtimes, differ on whether cells beyond the padding count.
  const size = [input[2], input[3]] as const
  if (windowOutput(attributes, size).join() !== windowOutput(attributes, size, true).join())
    fail(
      node,
      'ceil_mode with count_include_pad and a last window cut short has no agreed meaning',
      'use explicit pads',
    )
}

function fail(node: Node, why: string, mend?: string): never {
  throw new OctetError(`${node.op} "${node.name}": ${why}`, mend)
}
