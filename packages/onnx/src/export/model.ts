import { activationNames, inferShapes, Names, yieldedBy, type Graph, type Shape } from '@octet/core'
import { DATA_TYPES } from '../format.ts'
import { onnxOp } from '../ops/list.ts'
import { encodeOnnx, OPSET, type OnnxNode, type OnnxTensor, type OnnxValue } from './encode.ts'

/** The number of TensorProto.DataType for truth values. */
const BOOL = 9

/**
 * Writes an FP32 graph as an ONNX model of opset 14, or of the first one that has all its ops. The batch dimension is
 * called `N`, or 1 where the graph takes one sample, and the weights are inside the file. `importOnnx` gives the same
 * graph back, with float attributes rounded to float32. The states of a streaming model are outputs behind its own.
 * @throws OctetError when shapes do not fit.
 */
export function exportOnnx(graph: Graph): Uint8Array {
  const batch = graph.batch === 'one' ? 1 : 'N'
  const valueOf = (name: string, sample: Shape): OnnxValue => ({
    name,
    dtype: 'float32',
    shape: [batch, ...sample],
  })
  const shapes = inferShapes(graph, 1)
  const names = new Names([...activationNames(graph), ...graph.initializers.keys()])
  const initializers: OnnxTensor[] = Array.from(graph.initializers, ([name, weights]) => ({
    name,
    ...weights,
  }))
  let opset = OPSET
  const cast = (input: string, output: string, to: number): OnnxNode => ({
    op: 'Cast',
    name: output,
    inputs: [input],
    outputs: [output],
    attributes: { to },
  })
  const nodes = graph.nodes.flatMap((node): OnnxNode[] => {
    const writing = onnxOp(node).write(node)
    const { op = node.op, since = OPSET, attributes = {}, inputs = {}, conditions = [] } = writing
    opset = Math.max(opset, since)
    const added = Object.entries(inputs).map(([key, data]) => {
      if (data === undefined) return ''
      const name = names.fresh(`${node.name}.${key}`)
      initializers.push({ name, ...data })
      return name
    })
    const present = added.slice(0, added.findLastIndex((name) => name !== '') + 1)
    const read = [...node.inputs, ...present]
    const truths = conditions.map((place) => {
      const truth = names.fresh(`${read[place]}.truth`)
      const made = cast(read[place], truth, BOOL)
      read[place] = truth
      return made
    })
    const whole = writing.yields !== undefined ? names.fresh(`${node.output}.whole`) : undefined
    const written = { op, name: node.name, inputs: read, outputs: [whole ?? node.output], attributes }
    return [
      ...truths,
      written,
      ...(whole === undefined ? [] : [cast(whole, node.output, DATA_TYPES.float32)]),
    ]
  })
  return encodeOnnx({
    name: graph.name,
    opset,
    nodes,
    initializers,
    inputs: graph.inputs.map(({ name, shape }) => valueOf(name, shape)),
    outputs: Array.from(new Set(yieldedBy(graph)), (name) => valueOf(name, shapes.get(name)!.slice(1))),
  })
}
