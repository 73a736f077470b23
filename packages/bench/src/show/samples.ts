import { isLabelled, TASKS, withUnit } from '@octet/core'
import type { WorkloadInfo } from '@octet/results'

/** The samples behind the quality figures, the reason for their number, and the score of a model without skill. */
export function samplesInWords({ task, decision, baseline, evaluationSamples }: WorkloadInfo): string {
  const { used, available, budgetMacs } = evaluationSamples
  const grouped = (count: number): string => count.toLocaleString('en')
  const bound =
    budgetMacs === undefined
      ? ''
      : ` (all that a budget of ${budgetMacs / 1e9} billion multiply-adds a configuration allows)`
  const constant =
    isLabelled(task) && baseline !== undefined
      ? `${TASKS[task].baselineName} scores ${withUnit(baseline, TASKS[task].value)}`
      : TASKS.none.reason
  const cut = decision
    ? `; yes from a probability of ${decision.threshold} on, the outputs taken for ${decision.outputs}`
    : ''
  return `${TASKS[task].metric} on ${grouped(used)} of ${grouped(available)} samples${bound}${cut}; ${constant}`
}
