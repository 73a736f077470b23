import { bracketed, inferShapes, OctetError, sampleInputs, type Graph } from '@octet/core'
import type { Workload } from '../workload.ts'
import { type ModelChoice, readDelivered, readModel, type SampleOf } from './model.ts'

/**
 * The workload with a file of the same model that somebody else quantized.
 * @param choice settings from a command line for reading the file
 * @throws OctetError for a file without an integer layer or with grids for each sample, and for a file with other
 *   inputs or another output.
 */
export async function withDelivered(
  workload: Workload,
  path: string,
  choice: ModelChoice = {},
): Promise<Workload> {
  const inputs = new Map(sampleInputs(workload.graph).map(({ name, shape }) => [name, shape]))
  const sampleOf: SampleOf = (name) => inputs.get(name)
  const model = await readDelivered(path, choice, sampleOf)
  if (model === undefined) {
    const { isDynamic } = await readModel(path, choice, sampleOf)
    throw isDynamic
      ? new OctetError(
          `${path}: it makes its grids for each sample, so it has no integers to show beside Octet's`,
          'give it as --workload: Octet measures it as delivered',
        )
      : new OctetError(
          `${path}: no layer of it computes in integers`,
          'give a model whose activations are on 8-bit grids too, in QDQ or QOperator form',
        )
  }
  const [ours, theirs] = [workload.graph, model.model.graph].map(endsOf)
  if (ours !== theirs)
    throw new OctetError(
      `${path}: it takes and yields ${theirs} a sample, the FP32 model ${ours}`,
      'give the quantized form of the same model',
    )
  return { ...workload, delivered: { model, isItself: false } }
}

/** The shapes of the inputs and of the output, for one sample. */
function endsOf(graph: Graph): string {
  const output = inferShapes(graph, 1).get(graph.output)!
  return `${graph.inputs.map(({ shape }) => bracketed(shape)).join(', ')} -> ${bracketed(output.slice(1))}`
}
