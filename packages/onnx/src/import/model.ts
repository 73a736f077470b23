import {
  elements,
  modelOf,
  OctetError,
  quoted,
  type Graph,
  type QuantizedModel,
  type State,
  type ValueInfo,
} from '@octet/core'
import type { NodeProto } from '../generated/onnx_pb.ts'
import { GraphBuilder, type Context } from './builder.ts'
import { BFLOAT16, kindOfType, typeName } from './constant.ts'
import { Constants } from './constants.ts'
import { decode, type Decoded } from './decode.ts'
import { ExternalData } from './external.ts'
import {
  batchInputs,
  fixedValue,
  ofOne,
  readInput,
  reshapeTo,
  wholeInputs,
  type FileInput,
} from './inputs.ts'
import { MOST_NODES } from './limits.ts'
import { behindOutput, carriedBy } from './states.ts'
import type { ImportOptions } from './options.ts'
import { expansionOf } from './quantized/expand/list.ts'
import { Integers } from './quantized/integers.ts'
import { recognize } from './quantized/recognize.ts'
import { chooseOutput } from './output.ts'
import { readsOf, topological } from './wiring.ts'

/** A file, with the settings for reading it. */
interface Plan extends Decoded {
  readonly options: ImportOptions
  readonly external: ExternalData
  readonly output: string
  /** The states that the output depends on. */
  readonly states: readonly State[]
  /** The nodes that the output and the states depend on, in topological order. */
  readonly nodes: readonly NodeProto[]
  /** The inputs that these nodes read, without constants. */
  readonly inputs: readonly FileInput[]
  /** Whether its integer tensors are gathered. */
  readonly isQuantized: boolean
}

/** A graph, or all faults that block it. */
interface Outcome {
  readonly graph?: Graph
  readonly integers?: Integers | undefined
  readonly error?: unknown
  readonly blockers: readonly OctetError[]
}

/** A model as its file has it. */
export interface OnnxModel {
  readonly graph: Graph
  /** As `importQuantizedOnnx` reads it. */
  readonly quantized: QuantizedModel | undefined
  /** Whether nodes put tensors on the grid of their own range, sample by sample: DynamicQuantizeLinear. */
  readonly isDynamic: boolean
}

/**
 * Reads an ONNX model (opset 7 to 25) with the ops in core's `Graph` and the ops that decompose into them. The importer
 * leaves out nodes and weights that the output does not depend on, whatever they are. It computes nodes that depend
 * only on constants. The graph's nodes are in topological order with defaults filled in, auto_pad becomes pads, and
 * float16, bfloat16 and double become float32. The graph takes a batch of any size if the inputs share their first size
 * and all nodes keep it in front. Otherwise it takes one sample at a time, which is the whole of the inputs.
 * @throws OctetError with the node and op, if the bytes are not such a model, or if it is larger than Octet computes.
 */
export function importOnnx(bytes: Uint8Array, options: ImportOptions = {}): Graph {
  return graphOf(planOf(bytes, options))
}

/**
 * Reads a model that is already quantized, like `importOnnx`: activations on 8-bit grids, and weights in integers.
 * Every layer between such grids computes the integers that the file defines, and the other layers compute in float32
 * (`inFloats`). Undefined for a model without an integer layer, e.g. if its grids are computed for each sample, or if
 * only its weights are quantized.
 * @throws OctetError like `importOnnx`.
 */
export function importQuantizedOnnx(
  bytes: Uint8Array,
  options: ImportOptions = {},
): QuantizedModel | undefined {
  return quantizedOf(planOf(bytes, options))
}

/**
 * Reads a file once for all that it is: the model in float32, and in integers if the file is quantized. The remarks are
 * about the float32 model.
 * @throws OctetError as `importOnnx` does.
 */
export function readOnnx(bytes: Uint8Array, options: ImportOptions = {}): OnnxModel {
  const plan = planOf(bytes, options)
  const { note: _, ...quietly } = options
  return {
    graph: graphOf(plan),
    quantized: quantizedOf({ ...plan, options: quietly }),
    isDynamic: plan.nodes.some(({ opType }) => opType === 'DynamicQuantizeLinear'),
  }
}

function graphOf(plan: Plan): Graph {
  const { graph, error } = outcomeOf(plan)
  if (graph === undefined) throw error
  return graph
}

function quantizedOf(plan: Plan): QuantizedModel | undefined {
  if (!plan.nodes.some((node) => node.opType === 'QuantizeLinear' || expansionOf(node) !== undefined))
    return undefined
  const { graph, integers, error } = outcomeOf({ ...plan, isQuantized: true })
  if (graph === undefined || integers === undefined) throw error
  return recognize(modelOf(graph), integers)
}

/** All faults that block the import of a model, in the order of its nodes. Empty if it imports. */
export function blockersOf(bytes: Uint8Array, options: ImportOptions = {}): readonly OctetError[] {
  try {
    const plan = planOf(bytes, options)
    const { graph, error, blockers } = outcomeOf(plan)
    if (graph !== undefined) return []
    if (blockers.length > 0)
      return blockers.map(({ message, mend }) => new OctetError(`${message} (opset ${plan.opset})`, mend))
    throw error
  } catch (error) {
    if (error instanceof OctetError) return [error]
    throw error
  }
}

function planOf(bytes: Uint8Array, options: ImportOptions): Plan {
  const { file, opset } = decode(bytes)
  const external = new ExternalData(options.external)
  const stored = new Set([
    ...file.initializer.map(({ name }) => name),
    ...file.sparseInitializer.flatMap(({ values }) => values?.name ?? []),
  ])
  const given = new Set([...stored, ...file.input.map(({ name }) => name)])
  const output = chooseOutput(file, given, options)
  if (given.has(output))
    throw new OctetError(
      `output ${quoted(output)} is an input or a constant: nothing is computed`,
      'export the model with the tensor that its layers yield as its output',
    )
  const { nodes: behind, states } = behindOutput(file, output, given, options)
  if (behind.length > MOST_NODES)
    throw new OctetError(
      `the model has ${behind.length} nodes, at most ${MOST_NODES} are computed`,
      'simplify the model, as onnxsim does, or export a smaller part of it',
    )
  const nodes = topological(behind)
  const read = new Set(nodes.flatMap(readsOf))
  const inputs = file.input
    .filter(({ name }) => read.has(name) && !stored.has(name))
    .map((value) => readInput(value, options))
    .map((input) => (states.some((state) => state.input === input.name) ? ofOne(input) : input))
  for (const name of options.set?.keys() ?? [])
    if (!file.input.some((input) => input.name === name))
      throw new OctetError(`the model has no input ${quoted(name)} to set`, 'name one of its inputs')
  const open = inputs.filter(({ name }) => options.set?.has(name) !== true)
  const lost = states.find(({ input }) => open.every(({ name }) => name !== input))
  if (lost !== undefined)
    throw new OctetError(
      `input ${quoted(lost.input)} is a constant and carries no state`,
      'leave --set or --state of it out',
    )
  if (open.length === states.length)
    throw new OctetError(
      'the model has no input that its output depends on',
      'export the model with its samples as an input',
    )
  for (const input of open) requireNumbers(input, nodes)
  return { file, opset, options, external, output, states, nodes, inputs, isQuantized: false }
}

/** Ops that read integers as numbers: the ops of quantized models, and the ops that convert to floats. */
const READ_INTEGERS: ReadonlySet<string> = new Set(
  'Cast Shape Size DequantizeLinear ConvInteger MatMulInteger'.split(' '),
)

/** A whole number as input configures how a model computes, unless a node reads it as a number. */
function requireNumbers({ name, elementType, sizes }: FileInput, nodes: readonly NodeProto[]): void {
  if (kindOfType(elementType) === 'float' || sizes.some((size) => size !== 1)) return
  const readers = nodes.filter((node) => readsOf(node).includes(name))
  if (readers.every((node) => READ_INTEGERS.has(node.opType) || expansionOf(node) !== undefined)) return
  throw new OctetError(
    `input ${quoted(name)}: it is one ${typeName(elementType)}, which says how the model computes`,
    `give it one value: --set ${name}=VALUE`,
  )
}

function outcomeOf(plan: Plan): Outcome {
  const batch = plan.states.length > 0 ? undefined : ofAnyBatch(plan)
  return batch?.graph === undefined ? ofOneSample(plan) : batch
}

function ofAnyBatch(plan: Plan): Outcome | undefined {
  const open = plan.inputs.filter(({ name }) => plan.options.set?.has(name) !== true)
  const batch = batchInputs(open, plan.options)
  if (batch === undefined) return undefined
  const builder = builderOf(plan, batch)
  return outcome(builder, () => builder.finish(ownOf(builder, builder.endOf(plan.output), batch.inputs)))
}

function ofOneSample(plan: Plan): Outcome {
  const open = plan.inputs.filter(({ name }) => plan.options.set?.has(name) !== true)
  const whole = wholeInputs(open, plan.options)
  const inputs = whole.map(({ name, shape }) => ({ name, shape }))
  const builder = builderOf(plan, { inputs, fixedBatch: undefined, batch: 'one' }, (builder) => {
    for (const { name, shape, whole: stated } of whole) {
      if (stated.length > shape.length) continue
      const shaped = builder.freshTensor(`${name}.whole`)
      builder.append(reshapeTo(name, shaped, builder.freshNode(shaped), stated))
      builder.alias(name, shaped)
    }
  })
  return outcome(builder, () => {
    const states = carriedBy(builder, plan.states, whole)
    const { name, shape } = builder.endOf(plan.output)
    if (shape.length >= 2 && shape[0] === 1)
      return builder.finish(ownOf(builder, { name, shape }, inputs), states)
    const row = builder.freshTensor(`${name}.sample`)
    builder.append(
      reshapeTo(name, row, builder.freshNode(row), [1, ...(shape.length < 2 ? [elements(shape)] : shape)]),
    )
    return builder.finish(row, states)
  })
}

/** The end of a graph. If it is an input that the model only passes on, a copy of it. */
function ownOf(
  builder: GraphBuilder,
  { name, shape }: ReturnType<GraphBuilder['endOf']>,
  inputs: readonly ValueInfo[],
): string {
  if (inputs.every((input) => input.name !== name)) return name
  const same = builder.freshTensor(`${name}.same`)
  builder.append(reshapeTo(name, same, builder.freshNode(same), [0, ...shape.slice(1)]))
  return same
}

function builderOf(
  { file, opset, options, external, output, states, nodes, inputs, isQuantized }: Plan,
  context: Pick<Context, 'inputs' | 'fixedBatch' | 'batch'>,
  prepare?: (builder: GraphBuilder) => void,
): GraphBuilder {
  const integers = isQuantized ? new Integers() : undefined
  const constants = new Constants(external)
  constants.store(file, (name) => name)
  for (const input of inputs) {
    const fixed = options.set?.get(input.name)
    if (fixed !== undefined) constants.set(input.name, fixedValue(input, fixed))
  }
  const name = options.name ?? (file.name || 'model')
  const types = new Map(
    inputs
      .filter(({ elementType }) => kindOfType(elementType) === 'integer' || elementType === BFLOAT16)
      .map((input) => [input.name, input.elementType]),
  )
  const yielded = [output, ...states.map((state) => state.output)]
  const builder = new GraphBuilder(
    { ...context, name, opset, external, types, integers },
    constants,
    nodes,
    yielded,
  )
  prepare?.(builder)
  for (const node of nodes) builder.add(node)
  return builder
}

function outcome(builder: GraphBuilder, finish: () => Graph): Outcome {
  try {
    return { graph: finish(), integers: builder.context.integers, blockers: [] }
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    return { error, blockers: builder.blockers }
  }
}
