import type { Description } from '../../description.ts'
import type { Metadata } from '../../metadata.ts'
import type { OnnxGraph, OnnxValue } from '../encode.ts'
import type { FloatType } from '../nodes.ts'
import type { RawInput } from './raw.ts'
import { withEndsOf } from './ends.ts'
import { brokenRules } from './rules.ts'
import { targetOf, type TargetId } from './targets.ts'
import { writeQuantized, type ExportedModel } from './write.ts'

export interface QuantizedExport {
  readonly target: TargetId
  /**
   * For each input that takes readings, their storage and normalization. Other inputs take the values that the model
   * reads.
   */
  readonly raw?: ReadonlyMap<string, RawInput>
  /** The type of inputs and outputs. Default: float32. float16 is for a model that is entirely float16. */
  readonly io?: FloatType
  /** The source's own description. The file keeps its names of sizes and doc strings. */
  readonly description?: Description
  /** The `metadata_props` of the file. */
  readonly metadata?: Metadata
  /** Octet's version. */
  readonly version?: string
}

/**
 * A model that computes in integers, in float16 or in both, as an ONNX graph in QDQ form. If a runtime fuses its nodes
 * into integer layers, they compute Octet's integers. Tensors, nodes, inputs and outputs keep the names of the source.
 * Activations that the grids imply are left out. `encodeOnnx` makes one file of the graph, and `encodeOnnxApart` a file
 * with its weights beside it.
 * @throws OctetError with the tensor or node, if the model has no such form or breaks a rule of its target.
 */
export function quantizedOnnx(
  source: ExportedModel,
  { target, raw = new Map(), io = 'float32', description, metadata, version }: QuantizedExport,
): OnnxGraph {
  const written = writeQuantized(source, targetOf(target), { raw, io })
  const broken = brokenRules(written, target)
  if (broken.length > 0) throw new Error(`the graph breaks rules of target ${target}: ${broken.join('; ')}`)
  const about = {
    ...(version !== undefined && { producerVersion: version }),
    ...(metadata && { metadata }),
  }
  const { graph } = written
  if (description === undefined) return { ...graph, about }
  return described(withEndsOf(graph, description, source.model.graph.states), description, about)
}

/** The graph with the doc strings of its source, and its batch dimension as a name or size. */
function described(
  graph: OnnxGraph,
  { doc, domain, version, graphDoc, nodeDocs, values }: Description,
  about: NonNullable<OnnxGraph['about']>,
): OnnxGraph {
  const said = (text: string | undefined): { doc?: string } =>
    text === undefined || text === '' ? {} : { doc: text }
  const [batch] = values.get(graph.inputs[0].name)?.shape ?? []
  const kept = (value: OnnxValue): OnnxValue => ({
    ...value,
    ...said(values.get(value.name)?.doc),
    shape: value.shape.map((size, axis) => (axis === 0 && size === 'N' && batch ? batch : size)),
  })
  return {
    ...graph,
    ...said(graphDoc),
    about: {
      ...about,
      ...said(doc),
      ...(domain !== '' && { domain }),
      ...(version !== 0n && { version }),
    },
    nodes: graph.nodes.map((node) => ({ ...node, ...said(nodeDocs.get(node.name ?? '')) })),
    inputs: graph.inputs.map(kept),
    outputs: graph.outputs.map(kept),
  }
}
