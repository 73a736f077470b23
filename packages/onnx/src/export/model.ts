import { activationNames, inferShapes, yieldedBy, type Graph, type Shape } from '@octet/core'
import { encodeOnnx, type OnnxValue } from './encode.ts'
import { NodeWriter } from './nodes.ts'

/**
 * Writes an FP32 graph as an ONNX model of opset 14, or of the first later opset that has all its ops. The batch
 * dimension is called `N`, or is 1 if the graph takes one sample. The weights are inside the file. `importOnnx` returns
 * the same graph, with float attributes rounded to float32. The states of a streaming model are outputs after its own.
 * @throws OctetError if shapes do not fit.
 */
export function exportOnnx(graph: Graph): Uint8Array {
  const batch = graph.batch === 'one' ? 1 : 'N'
  const valueOf = (name: string, sample: Shape): OnnxValue => ({
    name,
    dtype: 'float32',
    shape: [batch, ...sample],
  })
  const shapes = inferShapes(graph, 1)
  const writer = new NodeWriter({
    tensors: [...activationNames(graph), ...graph.initializers.keys()],
    nodes: graph.nodes.map(({ name }) => name),
  })
  for (const [name, weights] of graph.initializers) writer.hold(name, weights)
  for (const node of graph.nodes) writer.write(node)
  return encodeOnnx({
    name: graph.name,
    opset: writer.opset,
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: graph.inputs.map(({ name, shape }) => valueOf(name, shape)),
    outputs: Array.from(new Set(yieldedBy(graph)), (name) => valueOf(name, shapes.get(name)!.slice(1))),
  })
}
