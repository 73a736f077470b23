import { listed, OctetError, quoted } from '@octet/core'
import type { GraphProto, ValueInfoProto } from '../generated/onnx_pb.ts'
import { kindOfType, typeName } from './constant.ts'
import type { ImportOptions } from './options.ts'
import { CONTRADICTION } from './source.ts'
import { nodesBehind, readsOf } from './wiring.ts'

/**
 * The name of the tensor that the graph returns. It is the requested tensor, or else the output that no other output
 * depends on, because further outputs may be intermediate tensors that tools expose for inspection. If there are
 * several such outputs, it is the first, and a note names the others.
 * @throws OctetError if there is none, or if it holds no numbers.
 */
export function chooseOutput(
  file: GraphProto,
  given: { has(name: string): boolean },
  { output, note }: ImportOptions,
): string {
  if (output !== undefined) {
    if (!file.node.some((node) => node.output.includes(output)))
      throw new OctetError(
        `no node yields a tensor ${quoted(output)}`,
        `name one that a node yields, such as an output of the model: ${namesOf(file.output)}`,
      )
    return output
  }
  const all = [...new Map(file.output.map((value) => [value.name, value])).values()]
  const ends = all.length < 2 ? all : endsOf(all, file, given)
  const [end, ...others] = ends
  if (end === undefined) throw new OctetError('the model has no output', 'export the model with an output')
  if (others.length > 0)
    note?.(
      `of ${ends.length} outputs the first is taken, ${end.name}; --output chooses another: ${namesOf(others)}`,
    )
  requireNumbers(end)
  return end.name
}

function endsOf(
  outputs: readonly ValueInfoProto[],
  { node }: GraphProto,
  given: { has(name: string): boolean },
): readonly ValueInfoProto[] {
  const names = outputs.map(({ name }) => name)
  const read = new Set(nodesBehind(names, node, given).flatMap(readsOf))
  const ends = outputs.filter(({ name }) => !read.has(name))
  if (ends.length === 0) throw new OctetError('every output depends on another one', CONTRADICTION)
  return ends
}

function requireNumbers({ name, type }: ValueInfoProto): void {
  const elementType = type?.tensorType?.elemType
  if (elementType === undefined || elementType === 0 || kindOfType(elementType) !== undefined) return
  throw new OctetError(
    `output ${quoted(name)}: it must be a tensor of numbers, this is data type ${typeName(elementType)}`,
    'name another tensor: --output NAME',
  )
}

function namesOf(values: readonly ValueInfoProto[]): string {
  return listed(values.map(({ name }) => name))
}
