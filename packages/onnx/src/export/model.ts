import { activationNames, inferShapes, Names, type Graph, type Shape } from '@octet/core'
import { onnxOp } from '../ops/list.ts'
import { encodeOnnx, OPSET, type OnnxNode, type OnnxTensor, type OnnxValue } from './encode.ts'

/**
 * Writes an FP32 graph as an ONNX model of opset 14, or of the first one that has all its ops. The batch dimension is
 * called `N`, or 1 where the graph takes one sample, and the weights are inside the file. `importOnnx` gives the same
 * graph back, with float attributes rounded to float32.
 * @throws OctetError when shapes do not fit.
 */
export function exportOnnx(graph: Graph): Uint8Array {
  const batch = graph.batch === 'one' ? 1 : 'N'
  const valueOf = (name: string, sample: Shape): OnnxValue => ({
    name,
    dtype: 'float32',
    shape: [batch, ...sample],
  })
  const output = inferShapes(graph, 1).get(graph.output)!
  const names = new Names([...activationNames(graph), ...graph.initializers.keys()])
  const initializers: OnnxTensor[] = Array.from(graph.initializers, ([name, weights]) => ({
    name,
    ...weights,
  }))
  let opset = OPSET
  const nodes = graph.nodes.map((node): OnnxNode => {
    const { op = node.op, since = OPSET, attributes = {}, inputs = {} } = onnxOp(node).write(node)
    opset = Math.max(opset, since)
    const added = Object.entries(inputs).map(([key, data]) => {
      if (data === undefined) return ''
      const name = names.fresh(`${node.name}.${key}`)
      initializers.push({ name, ...data })
      return name
    })
    const present = added.slice(0, added.findLastIndex((name) => name !== '') + 1)
    return {
      op,
      name: node.name,
      inputs: [...node.inputs, ...present],
      outputs: [node.output],
      attributes,
    }
  })
  return encodeOnnx({
    name: graph.name,
    opset,
    nodes,
    initializers,
    inputs: graph.inputs.map(({ name, shape }) => valueOf(name, shape)),
    outputs: [valueOf(graph.output, output.slice(1))],
  })
}
