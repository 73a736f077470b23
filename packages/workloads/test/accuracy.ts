import { load, lower, modelOf, openReference } from '@octet/core'
import { batchOf, type Workload } from '../src/index.ts'

/** How many evaluation samples the FP32 model gets right on the reference, all in one batch. */
export async function countCorrect({ graph, normalizer, evaluation }: Workload): Promise<number> {
  const count = evaluation.y.length
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: count, normalizer })
  const execution = await load(program, openReference())
  const { data } = await execution.run(batchOf(evaluation, 0, count))
  await execution.dispose()
  const classes = data.length / count
  return evaluation.y.filter((label, row) => {
    const scores = data.subarray(row * classes, (row + 1) * classes)
    return scores.indexOf(Math.max(...scores)) === label
  }).length
}
