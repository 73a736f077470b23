import { Names, type State } from '@octet/core'
import type { Description } from '../../description.ts'
import { wholes } from '../../ops/op.ts'
import type { OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from '../encode.ts'

type Size = number | string

/**
 * The graph with its source's inputs and outputs, in name and shape. The importer removes the axis of a single sample,
 * and names an output after its node. This function reverses both.
 */
export function withEndsOf(
  graph: OnnxGraph,
  description: Description,
  states: readonly State[] = [],
): OnnxGraph {
  const { values } = description
  const taken = [...graph.inputs, ...graph.initializers].map(({ name }) => name)
  const names = new Names([...taken, ...graph.nodes.flatMap(({ outputs }) => outputs)])
  /** Tensors of the graph that get new names. */
  const renamed = new Map<string, string>()
  const [before, behind]: OnnxNode[][] = [[], []]
  const shapes: OnnxTensor[] = []
  const reshape = (input: string, output: string, shape: readonly number[]): OnnxNode => {
    const name = names.fresh(`${output}.shape`)
    shapes.push({ name, ...wholes(shape) })
    return {
      op: 'Reshape',
      name: names.fresh(`${output}.reshaped`),
      inputs: [input, name],
      outputs: [output],
    }
  }
  const inputs = graph.inputs.map((value): OnnxValue => {
    const shape = values.get(value.name)?.shape
    if (!isReshaped(value.shape, shape)) return value
    const sample = names.fresh(`${value.name}.sample`)
    renamed.set(value.name, sample)
    before.push(reshape(value.name, sample, sizesOf(value.shape)))
    return { ...value, shape }
  })
  const sources = sourceOutputs(graph, description)
  const outputs = graph.outputs.map((value): OnnxValue => {
    const name = sources.get(value.name) ?? value.name
    const state = states.find(({ output }) => output === value.name)
    // A state has the shape of the input that reads it, so that a runtime can give it back.
    const read = state && inputs.find((input) => input.name === state.input)!.shape
    const shape = read ?? values.get(name)?.shape
    const isShaped = isReshaped(value.shape, shape)
    if (name !== value.name && names.has(name)) renamed.set(name, names.fresh(`${name}.inner`))
    if (!isShaped) {
      if (name !== value.name) renamed.set(value.name, name)
      return { ...value, name }
    }
    const inner = name === value.name ? names.fresh(`${name}.sample`) : value.name
    renamed.set(value.name, inner)
    behind.push(reshape(inner, name, sizesOf(shape)))
    return { ...value, name, shape }
  })
  if (renamed.size === 0 && before.length === 0 && behind.length === 0) return graph
  const called = (name: string): string => renamed.get(name) ?? name
  const inner = graph.nodes.map((node): OnnxNode => {
    const [inputs, outputs] = [node.inputs.map(called), node.outputs.map(called)]
    return Object.assign({}, node, { inputs, outputs })
  })
  return {
    ...graph,
    inputs,
    outputs,
    nodes: [...before, ...inner, ...behind],
    initializers: [...graph.initializers, ...shapes],
  }
}

/** Whether the source has the tensor in another rank, with at most one unknown size. */
function isReshaped(shape: readonly Size[], source: readonly Size[] | undefined): source is readonly Size[] {
  if (source === undefined || source.length === shape.length) return false
  return sizesOf(source).filter((size) => size < 0).length <= 1
}

/** Sizes for a Reshape. A free size takes the remainder. */
function sizesOf(shape: readonly Size[]): readonly number[] {
  return shape.map((size) => (typeof size === 'number' ? size : -1))
}

/** For each output of the graph whose name in the source differs, that name. */
function sourceOutputs(graph: OnnxGraph, { outputs }: Description): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const open: string[] = []
  for (const { name } of graph.outputs) {
    const source = [name, name.replace(/\.sample$/, '')].find((one) => outputs.includes(one))
    if (source === undefined) open.push(name)
    else found.set(name, source)
  }
  const unmatched = outputs.filter((name) => ![...found.values()].includes(name))
  const [only] = open
  if (open.length === 1 && unmatched.length === 1) found.set(only, unmatched[0])
  return found
}
