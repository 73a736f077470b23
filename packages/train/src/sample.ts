import { largestBatch, OctetError, type Graph, type ValueInfo } from '@octet/core'

/**
 * The input of a graph that can be trained.
 * @throws OctetError for a graph with several inputs, or a graph that takes one sample at a time.
 */
export function sampleOf({ name, inputs, ...graph }: Pick<Graph, 'name' | 'inputs' | 'batch'>): ValueInfo {
  if (inputs.length > 1)
    throw new OctetError(
      `model "${name}" has ${inputs.length} inputs, and training takes one`,
      'train a model whose samples are its only input',
    )
  if (largestBatch(graph) === 1)
    throw new OctetError(
      `model "${name}" takes one sample at a time, and training takes batches`,
      'export it with a free batch dimension',
    )
  return inputs[0]
}
