import { largestBatch, load, lower, modelOf, openReference } from '@octet/core'
import { batchOf, type Workload } from '../src/index.ts'

/** How many evaluation samples the FP32 model gets right on the reference, in batches as large as it takes. */
export async function countCorrect({ graph, normalizer, evaluation }: Workload): Promise<number> {
  const count = evaluation.y.length
  const batch = Math.min(count, largestBatch(graph))
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch, normalizer })
  const execution = await load(program, openReference())
  const data: number[] = []
  for (let first = 0; first < count; first += batch)
    data.push(...(await execution.run(batchOf(evaluation, first, batch))).data)
  await execution.dispose()
  const classes = data.length / count
  return evaluation.y.filter((label, row) => {
    const scores = data.slice(row * classes, (row + 1) * classes)
    return scores.indexOf(Math.max(...scores)) === label
  }).length
}
