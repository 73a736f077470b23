import { MINIMUM_EFFECT } from '@octet/core/statistics'
import type { Cell, Latency } from '../../run/cell.ts'
import type { Run } from '../../run/run.ts'
import { groupBy } from '../group.ts'
import type { Difference } from './comparison.ts'
import { equalRuns } from './history.ts'
import { type Noise, noiseOf, type Shift } from './noise.ts'
import { deviceOf, type Pair } from './pairs.ts'

/** What became of the times of two runs. */
export interface JudgedTimes {
  /** Cells whose time was judged. */
  readonly judged: number
  readonly differences: readonly Difference[]
  readonly notJudged: readonly string[]
}

/** A pair of cells whose times may be judged: both stable, by one clock. */
interface TimedPair {
  readonly before: Cell & { readonly latency: Latency }
  readonly after: Cell & { readonly latency: Latency }
}

/** Chance that a comparison of two equal runs names any difference in time, over all its programs and devices. */
const FALSE_ALARM = 0.01
/** Of the reference's time within a cell's rounds: past it the rounds are of two machines, as it were. */
const DRIFT_LIMIT = 0.25

/**
 * Judges the times of two runs of one machine, device by device. A difference needs three things: it is beyond what
 * equal runs in the history differ by, the intervals of the two runs are apart, and it is 5% at least.
 */
export function judgeTimes(
  pairs: readonly Pair[],
  [before, after]: readonly [Run, Run],
  history: readonly Run[],
): JudgedTimes {
  const timed = pairs.filter(isTimed)
  const steady = timed.filter(({ before: old, after: now }) => isSteady(old) && isSteady(now))
  const devices = [...groupBy(steady, ({ after: now }) => deviceOf(now))]
  const equal = equalRuns(history, [before, after])
  let judged = 0
  const differences: Difference[] = []
  const notJudged =
    steady.length === timed.length
      ? []
      : [
          `time of ${timed.length - steady.length} cells: the machine's speed changed by more than ${100 * DRIFT_LIMIT}% while they were timed`,
        ]
  for (const [device, cells] of devices) {
    const programs = [...groupBy(cells, ({ after: now }) => `${now.workload} ${now.latency.shared.program}`)]
    const first = programs.map(([, [one]]) => one)
    const noise = noiseOf(first, equal, FALSE_ALARM / devices.length)
    if (typeof noise === 'string') {
      notJudged.push(`time of ${cells.length} cells on ${device}: ${noise}`)
      continue
    }
    const shift = noise.shiftOf(first)
    const unknown = programs.filter(([, [one]]) => noise.bandOf(one.after.key) === undefined)
    if (unknown.length > 0)
      notJudged.push(`time of ${unknown.length} programs on ${device}: the history has too few of them`)
    for (const [, alike] of programs.filter((one) => !unknown.includes(one))) {
      judged += alike.length
      differences.push(...alike.flatMap((cell) => difference(cell, noise, shift)))
    }
  }
  return { judged, differences, notJudged }
}

function isTimed(pair: Pair): pair is TimedPair {
  const { before, after } = pair
  return (
    before.status === 'ok' &&
    after.status === 'ok' &&
    before.latency !== undefined &&
    after.latency !== undefined &&
    before.latency.clock === after.latency.clock &&
    before.latency.median > 0 &&
    after.latency.median > 0
  )
}

function isSteady({ latency: { reference } }: { readonly latency: Latency }): boolean {
  return reference === undefined || Math.abs(Math.log(reference.drift)) <= Math.log(1 + DRIFT_LIMIT)
}

function difference({ before, after }: TimedPair, noise: Noise, shift: Shift): Difference[] {
  const [old, now] = [before.latency, after.latency]
  const total = noise.logRatio({ before, after })
  const own = total - shift.taken
  const apart = own > 0 ? now.ci95[0] > old.ci95[1] : now.ci95[1] < old.ci95[0]
  const effect = Math.log(1 + MINIMUM_EFFECT)
  const enough = Math.min(
    own * Math.sign(own),
    total * Math.sign(own),
    Math.log(now.median / old.median) * Math.sign(own),
  )
  if (!apart || enough < effect || Math.abs(own) <= Math.max(noise.bandOf(after.key)!, shift.band)) return []
  return [
    {
      key: after.key,
      figure: 'latency',
      before: old.median,
      after: now.median,
      verdict: own > 0 ? 'worse' : 'better',
      gates: false,
    },
  ]
}
