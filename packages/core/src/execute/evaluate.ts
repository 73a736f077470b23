import type { Graph } from '../model/graph.ts'
import { modelOf } from '../model/layers.ts'
import { kernelOp, type Node } from '../ops/list.ts'
import { fail } from '../ops/message.ts'
import { elements, tensor, type Tensor } from '../tensor/tensor.ts'
import { lower } from './lower.ts'

const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/**
 * The output of a node from tensors in float32, computed as the reference does.
 * @throws OctetError naming the node if the tensors do not fit together, or if no kernel computes this form.
 */
export function evaluate(node: Node, inputs: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [x, ...constants] = inputs
  if (inputs.some(({ data }) => data.length === 0))
    fail(node, 'it computes with a tensor of no elements', 'leave it out of the model')
  const names = inputs.map((_, index) => `${index}`)
  const graph: Graph = {
    name: node.name,
    batch: 'one',
    inputs: [{ name: 'sample', shape: [elements(x.shape)] }],
    output: 'result',
    nodes: [
      { op: 'Reshape', name: 'sample', inputs: ['sample'], output: names[0], attributes: { shape: x.shape } },
      { ...node, inputs: names, output: 'result' },
    ],
    initializers: new Map(constants.map((constant, index) => [names[index + 1], constant])),
  }
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer: RAW })
  const held = new Map<number, Tensor>(program.fixed)
  held.set(program.inputs[0], tensor('float32', [1, x.data.length], x.data))
  for (const { spec, constants: numbers, inputs: read, output } of program.steps) {
    const { dtype, shape } = program.tensors[output]
    const made = tensor(dtype, shape)
    kernelOp(spec).compute(
      spec,
      numbers,
      read.map((index) => held.get(index)!),
      made,
    )
    held.set(output, made)
  }
  return held.get(program.output) as Tensor<'float32'>
}
