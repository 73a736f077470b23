import { forEachBin, type Histogram } from '../calibrate/histogram.ts'
import type { Observation } from '../calibrate/observation.ts'

/** A share of values, 0 to 1. The bins of a histogram bound it: it lies between these two numbers. */
export interface Share {
  readonly least: number
  readonly most: number
}

export const NONE: Share = { least: 0, most: 0 }

/** Share of all finite values of one sign whose magnitude is `from` or more. */
export function shareFrom(observation: Observation, sign: 'positive' | 'negative', from: number): Share {
  const { histogram, range, count } = observation
  if (range === null) return NONE
  const furthest = sign === 'positive' ? range.max : -range.min
  if (furthest < from) return NONE
  const { inside, touching } = countIn(histogram, sign, from, Infinity)
  // The observation has the exact end, so at least one value is there, whatever its bin says.
  return { least: Math.max(inside, 1) / count, most: touching / count }
}

/** Share of the non-zero values whose magnitude lies in [from, to). */
export function shareBetween(observation: Observation, from: number, to: number): Share {
  const { histogram, range, count } = observation
  const others = count - histogram.zeros
  if (range === null || others === 0) return NONE
  let [least, most] = [0, 0]
  for (const sign of ['positive', 'negative'] as const) {
    const { inside, touching } = countIn(histogram, sign, from, to)
    least += inside
    most += touching
  }
  return { least: least / others, most: most / others }
}

/** The number of values in bins that lie wholly in [from, to), and in all bins that reach into it. */
function countIn(
  histogram: Histogram,
  sign: 'positive' | 'negative',
  from: number,
  to: number,
): { inside: number; touching: number } {
  let [inside, touching] = [0, 0]
  forEachBin(histogram, [sign], (start, end, count) => {
    if (start >= from && end <= to) inside += count
    if (end > from && start < to) touching += count
  })
  return { inside, touching }
}
