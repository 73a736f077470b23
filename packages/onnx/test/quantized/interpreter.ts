import {
  answerOf,
  elements,
  lower,
  modelOf,
  rint,
  tensor,
  unpackInt4,
  type Shape,
  type Tensor,
} from '@octet/core'
import { encodeOnnx, importOnnx, type OnnxGraph, type OnnxNode, type OnnxTensor } from '../../src/index.ts'
import { RAW } from './models.ts'

/** Numbers of any type, widened to float64. */
export interface Numbers {
  readonly shape: Shape
  readonly data: Float64Array
  readonly type: 'float' | 'int8' | 'uint8'
}

/** Sees the integers of each QuantizeLinear and the real numbers before rounding, and may put others in their place. */
export type Visit = (tensor: string, integers: Float64Array, steps: Float64Array) => Float64Array

const LIMITS = { int8: [-128, 127], uint8: [0, 255] } as const

/**
 * Runs a quantized graph as ONNX defines it, and apart from Octet's writer and its integers: QuantizeLinear is
 * `saturate(round(x / s) + z)`, DequantizeLinear `(q - z) * s`, and every other node is imported by itself and computed
 * in floats.
 */
export function interpret(
  graph: OnnxGraph,
  input: Tensor<'float32'>,
  visit: Visit,
): ReadonlyMap<string, Numbers> {
  const held = new Map<string, Numbers>(graph.initializers.map((one) => [one.name, constant(one)]))
  held.set(graph.inputs[0].name, { shape: input.shape, data: Float64Array.from(input.data), type: 'float' })
  const constants = new Map(graph.initializers.map((one) => [one.name, one]))
  // What is dequantized out of a constant is one to the importer of a node by itself.
  const fixed = new Set(
    graph.nodes
      .filter(({ op, inputs: [q] }) => op === 'DequantizeLinear' && constants.has(q))
      .map(({ outputs: [output] }) => output),
  )
  for (const node of graph.nodes) {
    const [x, scale, zero] = node.inputs.map((name) => held.get(name)!)
    const [output] = node.outputs
    if (node.op === 'QuantizeLinear') held.set(output, quantizeLinear(output, [x, scale, zero], visit))
    else if (node.op === 'DequantizeLinear') held.set(output, dequantizeLinear(node, [x, scale, zero]))
    else held.set(output, alone(graph, node, { held, constants, fixed }))
  }
  return held
}

function quantizeLinear(
  name: string,
  [
    x,
    {
      data: [s],
    },
    zero,
  ]: readonly Numbers[],
  visit: Visit,
): Numbers {
  const type = zero.type as 'int8' | 'uint8'
  const [least, most] = LIMITS[type]
  const steps = x.data.map((value) => Math.fround(value / s))
  const integers = steps.map((value) => Math.min(Math.max(rint(value) + zero.data[0], least), most))
  return { shape: x.shape, data: visit(name, integers, steps), type }
}

function dequantizeLinear({ attributes = {} }: OnnxNode, [q, scale, zero]: readonly Numbers[]): Numbers {
  const each = scale.shape.length === 0 ? q.data.length : q.data.length / scale.data.length
  if (scale.shape.length > 0 && attributes['axis'] !== 0) throw new Error('scales lie along the first axis')
  const at = (i: number): number => Math.floor(i / each)
  const data = q.data.map((value, i) => Math.fround((value - zero.data[at(i)]) * scale.data[at(i)]))
  return { shape: q.shape, data, type: 'float' }
}

interface Known {
  readonly held: ReadonlyMap<string, Numbers>
  readonly constants: ReadonlyMap<string, OnnxTensor>
  readonly fixed: ReadonlySet<string>
}

/** A node by itself, as a model of one sample that is read and computed in FP32. */
function alone({ opset = 14 }: OnnxGraph, node: OnnxNode, { held, constants, fixed }: Known): Numbers {
  const given = [...new Set(node.inputs)].filter((name) => name !== '' && !constants.has(name))
  const inputs = given
    .filter((name) => !fixed.has(name))
    .map((name) => ({ name, dtype: 'float32' as const, shape: held.get(name)!.shape }))
  const computed = given
    .filter((name) => fixed.has(name))
    .map((name): OnnxTensor => {
      const { shape, data } = held.get(name)!
      return { name, dtype: 'float32', shape, data: Float32Array.from(data) }
    })
  const graph = importOnnx(
    encodeOnnx({
      opset,
      nodes: [node],
      initializers: [...computed, ...node.inputs.flatMap((name) => constants.get(name) ?? [])],
      inputs,
      outputs: [{ name: node.outputs[0], dtype: 'float32', shape: ['N'] }],
    }),
  )
  // A node that mixes samples is read as one of all of them.
  const samples = graph.inputs.map(({ name, shape }) => {
    const { data } = held.get(name)!
    return tensor('float32', [data.length / elements(shape), ...shape], Float32Array.from(data))
  })
  const batch = samples[0].shape[0]
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch, normalizer: RAW })
  const data = Float64Array.from(answerOf(program, samples.length === 1 ? samples[0] : samples))
  const { shape } = program.tensors[program.output]
  return { shape: graph.output.endsWith('.sample') ? shape.slice(1) : shape, data, type: 'float' }
}

function constant({ dtype, shape, data }: OnnxTensor): Numbers {
  const count = shape.reduce((a, b) => a * b, 1)
  const values = dtype === 'int4' ? unpackInt4(data as Uint8Array, count) : data
  const type = dtype === 'uint8' || dtype === 'int8' ? dtype : 'float'
  return { shape, data: Float64Array.from(values as unknown as ArrayLike<number>, Number), type }
}
