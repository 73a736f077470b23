import { SCORED_TASKS, TASKS } from '@octet/core'
import type { Difference } from '@octet/results'
import { bytes, duration, fixed, grouped } from '../format/number.ts'

/** Equal differences of several cells. */
export interface Change {
  readonly difference: Difference
  readonly keys: readonly string[]
}

/** Differences in their order. Differences with the same figure, values and verdict form a group. */
export function changesOf(differences: readonly Difference[]): Change[] {
  const kinds = Map.groupBy(differences, ({ figure, verdict, gates, before, after }) =>
    JSON.stringify([figure, verdict, gates, before, after]),
  )
  return [...kinds.values()].map((group) => ({ difference: group[0], keys: group.map(({ key }) => key) }))
}

const NAMES: Readonly<Partial<Record<Difference['figure'], string>>> = {
  sqnrDb: 'SQNR',
  weightBytes: 'model size',
  activationPeakBytes: 'peak activations',
  fallbackOps: 'ops on the reference',
  outputs: 'digest of the outputs',
}

export function figureName(figure: Difference['figure']): string {
  return NAMES[figure] ?? figure
}

/** Both values as texts, with as many decimals as needed to distinguish them. */
export function ends({ figure, before, after }: Difference): [string, string] {
  const MOST = 12
  for (let decimals = 2; decimals < MOST; decimals++) {
    const [was, is] = [valueInWords(figure, before, decimals), valueInWords(figure, after, decimals)]
    if (was !== is) return [was, is]
  }
  return [valueInWords(figure, before, MOST), valueInWords(figure, after, MOST)]
}

function valueInWords(figure: Difference['figure'], value: number | string, decimals: number): string {
  if (typeof value === 'string') return value
  if (figure === 'latency') return duration(value)
  if (figure === 'weightBytes' || figure === 'activationPeakBytes')
    return decimals === 2 ? bytes(value) : `${grouped(value)} B`
  if (figure === 'sqnrDb') return Number.isFinite(value) ? `${fixed(value, decimals)} dB` : 'no error'
  if (figure === 'agreement') return `${fixed(100 * value, decimals)}%`
  const id = SCORED_TASKS.find((one) => TASKS[one].noun === figure)
  if (id === undefined) return grouped(value)
  const { factor, name } = TASKS[id].value
  return `${fixed(factor * value, decimals)}${name}`
}
