import { gain, isLabelled, TASKS, withUnit } from '@octet/core'
import type { Finding } from '@octet/results'
import type { Workload } from '@octet/workloads'

const SAY_BY_FLAG =
  'Declare it with --normalize offset=...,scale=... (or --normalize none), or in the metadata of the model'
const SAY_IN_MANIFEST =
  'Declare it in manifest.json: input.normalize, with offset and scale (0 and 1 for none)'

/**
 * Facts about a workload that are not declared although its numbers depend on them. In a folder, float32 readings may
 * have been normalized before they were saved, so there the finding is a note.
 * @param bare a model without a manifest
 */
export function intakeFindings(
  { id, normalizedBy, evaluation }: Pick<Workload, 'id' | 'normalizedBy' | 'evaluation'>,
  bare: boolean,
): Finding[] {
  if (normalizedBy !== 'nothing') return []
  const { dtype } = evaluation.x
  return [
    {
      workload: id,
      id: 'normalization-not-stated',
      severity: bare || dtype !== 'float32' ? 'warning' : 'note',
      tensor: null,
      value: null,
      threshold: 0,
      verdict:
        `nothing says how the readings (${dtype}) are normalized, so they enter the model unchanged: ` +
        `if it was trained on normalized readings, its figures are wrong. ${bare ? SAY_BY_FLAG : SAY_IN_MANIFEST}`,
    },
  ]
}

/**
 * Whether the model before quantization is no better than a model that always gives the same answer. In that case no
 * figure of the workload has a meaning.
 * @param precision the precision that judged it
 */
export function baselineFindings(
  { id, task, baseline }: Pick<Workload, 'id' | 'task' | 'baseline'>,
  { value, samples }: { readonly value: number; readonly samples: number },
  precision: 'FP32' | 'FP16' = 'FP32',
): Finding[] {
  if (!isLabelled(task) || baseline === undefined || gain(TASKS[task], baseline, value) > 0) return []
  const { metric, baselineName, value: unit } = TASKS[task]
  return [
    {
      workload: id,
      id: 'no-better-than-baseline',
      severity: 'warning',
      tensor: null,
      value,
      threshold: baseline,
      verdict:
        `${precision} has ${withUnit(value, unit)} ${metric} on ${samples} samples, no better than ${baselineName} ` +
        `(${withUnit(baseline, unit)}): look at normalization, labels and model first`,
    },
  ]
}
