import {
  auditFp16,
  type CalibrationFinding,
  diagnose,
  type Fp16Account,
  type Model,
  type Normalizer,
  type QuantizedModel,
  raisedScales,
  SAVED,
} from '@octet/core'
import type { Finding } from '@octet/results'
import type { Seen } from './seen.ts'

/** An overflow ruins the output, vanishing values cost accuracy, and an absorbed overflow costs nothing. */
const FP16_SEVERITIES = { overflows: 'fault', vanishes: 'warning', absorbed: 'note' } as const

/**
 * Faults and possible faults in a workload's calibration, in weight scales, and in FP16: the findings of `diagnose`,
 * `raisedScales` and `auditFp16`. Clipping, levels and scales are those of the first quantized model, if there is one.
 */
export function findingsOf(
  workload: string,
  seen: Seen,
  { model, normalizer }: { readonly model: Model; readonly normalizer: Normalizer },
  integers: readonly QuantizedModel[] = [],
): Finding[] {
  const [quantized] = integers
  const used = quantized?.configuration.calibration
  const calibration = diagnose(seen.calibration, {
    evaluation: seen.evaluation,
    normalizer,
    ...(quantized && {
      qparams: quantized.activations,
      // No calibrator chose saved ranges, so there is no steadiness to report.
      ...(used !== undefined && used !== SAVED && { calibration: used }),
      scheme: quantized.configuration.activations,
    }),
  })
  return [
    ...[...calibration, ...mostRaised(integers)].map(
      ({ id, severity, tensor, value, threshold, verdict }): Finding => ({
        workload,
        id,
        severity,
        tensor,
        value: Number.isFinite(value) ? value : null,
        threshold,
        verdict,
      }),
    ),
    ...auditFp16(model, seen.calibration.tensors).flatMap((account) => fp16Finding(workload, account)),
  ]
}

/** For each tensor with raised scales, the finding with the largest raise over all quantized models. */
function mostRaised(integers: readonly QuantizedModel[]): CalibrationFinding[] {
  const most = new Map<string | null, CalibrationFinding>()
  for (const found of raisedScales(integers))
    if (found.value > (most.get(found.tensor)?.value ?? 0)) most.set(found.tensor, found)
  return [...most.values()]
}

function fp16Finding(
  workload: string,
  { verdict, name, overflow, vanishing, subnormal, words }: Fp16Account,
): Finding[] {
  if (verdict === 'fine') return []
  const share = verdict === 'vanishes' ? vanishing.most + subnormal.most : overflow.most
  return [
    {
      workload,
      id: `fp16-${verdict}`,
      severity: FP16_SEVERITIES[verdict],
      tensor: name,
      value: share,
      threshold: 0,
      verdict: words,
    },
  ]
}
