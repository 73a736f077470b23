import { forEachBin } from '../calibrate/histogram.ts'
import type { Observation } from '../calibrate/observation.ts'
import { DIAGNOSE_THRESHOLDS, type CalibrationFinding } from './finding.ts'

/**
 * Names a value that sets a tensor's range by itself, such as a sensor's error code (-9999 among readings of 0.02). At
 * most one value in a thousand counts, so much further from zero than all others that no value lies between.
 */
export function loneValue(tensor: string, observation: Observation): CalibrationFinding[] {
  const { histogram, range, count } = observation
  const bins: { readonly from: number; readonly to: number; readonly count: number }[] = []
  forEachBin(histogram, ['positive', 'negative'], (from, to, count) => bins.push({ from, to, count }))
  const others = count - histogram.zeros
  const most = Math.max(1, others * DIAGNOSE_THRESHOLDS.loneShare)
  // The last gap that qualifies. Far values need not be near each other.
  let gap: { readonly far: number; readonly reach: number; readonly rest: number } | undefined
  for (let at = bins.length - 1, far = 0; at > 0; at--) {
    far += bins[at].count
    if (far > most || others - far < DIAGNOSE_THRESHOLDS.readings) break
    const rest = bins[at - 1].to
    const reach = bins[at].from / rest
    if (reach >= DIAGNOSE_THRESHOLDS.loneReach) gap = { far, reach, rest }
  }
  if (gap === undefined || range === null) return []
  const [sets, reach] = gap.far === 1 ? ['sets', 'it reaches'] : ['set', 'they reach']
  const furthest = show(-range.min > range.max ? range.min : range.max)
  return [
    {
      id: 'lone-value',
      severity: 'warning',
      tensor,
      value: gap.reach,
      threshold: DIAGNOSE_THRESHOLDS.loneReach,
      verdict:
        `${gap.far} of ${count} values of "${tensor}" ${sets} its range alone: ${reach} ${furthest}, ` +
        'all others lie within ' +
        `${show(gap.rest)} of zero; remove such readings from the calibration samples, or calibrate by a percentile`,
    },
  ]
}

function show(value: number): string {
  return Number(value.toPrecision(4)).toString()
}
