import { bracketed, listed, OctetError, quoted, sameShape, type State } from '@octet/core'
import type { GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import type { GraphBuilder } from './builder.ts'
import { reshapeTo, type WholeInput } from './inputs.ts'
import type { ImportOptions } from './options.ts'
import { nodesBehind, readsOf } from './wiring.ts'

/** The state outputs of a streaming model, by their names in the file. */
interface Streamed {
  /** The states that the output depends on, in this or any later sample. */
  readonly states: readonly State[]
  /** The nodes behind the output and these states. */
  readonly nodes: readonly NodeProto[]
}

/**
 * Finds the nodes and states that the output depends on, including the nodes that these states depend on.
 * @param given tensors that no node needs to compute
 * @throws OctetError for a state whose tensors do not exist.
 */
export function behindOutput(
  file: GraphProto,
  output: string,
  given: { has(name: string): boolean },
  { states = new Map() }: ImportOptions,
): Streamed {
  for (const [input, from] of states) {
    requireKnown(`no input ${quoted(input)} to carry a state`, input, file.input)
    if (!file.node.some((node) => node.output.includes(from)))
      requireKnown(`no output ${quoted(from)} to carry to input ${quoted(input)}`, from, file.output)
  }
  const carried = new Map<string, string>()
  for (;;) {
    const nodes = nodesBehind([output, ...carried.values()], file.node, given)
    const read = new Set(nodes.flatMap(readsOf))
    const more = [...states].filter(([input]) => read.has(input) && !carried.has(input))
    if (more.length === 0)
      return { states: Array.from(carried, ([input, from]) => ({ input, output: from })), nodes }
    for (const [input, from] of more) carried.set(input, from)
  }
}

function requireKnown(missing: string, name: string, values: readonly { readonly name: string }[]): void {
  if (values.some((value) => value.name === name)) return
  throw new OctetError(
    `the model has ${missing}`,
    `name an input and the output that becomes it, INPUT=OUTPUT, of ${listed(values.map((value) => value.name))}`,
  )
}

/**
 * The states of a graph that takes one sample at a time. Each is computed in the shape of the input that reads it.
 * @throws OctetError for a state whose shape differs from its input's.
 */
export function carriedBy(
  builder: GraphBuilder,
  states: readonly State[],
  inputs: readonly WholeInput[],
): readonly State[] {
  return states.map(({ input, output }) => {
    const read = inputs.find((one) => one.name === input)!
    const { name, shape } = builder.endOf(output)
    if (!sameShape(shape, read.whole))
      throw new OctetError(
        `output ${quoted(output)} ${bracketed(shape)} is of another shape than input ${quoted(input)} ` +
          bracketed(read.whole),
        'name the output that becomes the input: --state INPUT=OUTPUT',
      )
    const sample = [1, ...read.shape]
    if (sameShape(shape, sample)) return { input, output: name }
    const made = builder.freshTensor(`${output}.sample`)
    builder.append(reshapeTo(name, made, builder.freshNode(made), sample))
    return { input, output: made }
  })
}
