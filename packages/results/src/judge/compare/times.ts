import { MINIMUM_EFFECT } from '@octet/core/statistics'
import type { Latency } from '../../run/cell.ts'
import { deviceDifferences } from '../../run/machine.ts'
import type { Run } from '../../run/run.ts'
import { groupBy } from '../group.ts'
import type { Difference, Verdict } from './comparison.ts'
import { equalRuns } from './history.ts'
import { noiseOf, type Shift, type TimedPair } from './noise.ts'
import { deviceOf, type Pair } from './pairs.ts'

/** The judgement of the times of two runs. */
export interface JudgedTimes {
  /** The number of cells whose time was judged. */
  readonly judged: number
  readonly differences: readonly Difference[]
  readonly notJudged: readonly string[]
}

/** The chance that a comparison of two equal runs names any difference in time, over all its programs and devices. */
const FALSE_ALARM = 0.01
/**
 * The largest drift of the reference's time within a cell's rounds. Past it, the machine was not in one state
 * throughout.
 */
const DRIFT_LIMIT = 0.25

/**
 * Judges the times of two runs of one machine, device by device, if the device is the same too. A difference must meet
 * three conditions: it exceeds the differences of equal runs in the history, the intervals of the two runs do not
 * overlap, and it is at least 5%. Cells that share a program in both runs share one time, and so one verdict.
 */
export function judgeTimes(
  pairs: readonly Pair[],
  [before, after]: readonly [Run, Run],
  history: readonly Run[],
): JudgedTimes {
  const timed = pairs.filter(isTimed)
  const steady = timed.filter(({ before: old, after: now }) => isSteady(old) && isSteady(now))
  const devices = [...groupBy(steady, ({ after: now }) => deviceOf(now))]
  let judged = 0
  const differences: Difference[] = []
  const notJudged =
    steady.length === timed.length
      ? []
      : [
          `time of ${timed.length - steady.length} cells: the machine's speed changed by more than ` +
            `${100 * DRIFT_LIMIT}% while they were timed`,
        ]
  for (const [device, cells] of devices) {
    const { adapter } = cells[0].after
    const [other] = deviceDifferences(before.machine, after.machine, adapter)
    if (other !== undefined) {
      notJudged.push(
        `time of ${cells.length} cells on ${device}: its ${other.name} is not the same ` +
          `(${other.before}, ${other.after})`,
      )
      continue
    }
    const programs = [...groupBy(cells, programsOf).values()]
    const first = programs.map(([one]) => one)
    const noise = noiseOf(first, equalRuns(history, [before, after], adapter), FALSE_ALARM / devices.length)
    if (typeof noise === 'string') {
      notJudged.push(`time of ${cells.length} cells on ${device}: ${noise}`)
      continue
    }
    const shift = noise.shiftOf(first)
    let unknown = 0
    for (const alike of programs) {
      const [one] = alike
      const band = noise.bandOf(one.after.key)
      if (band === undefined) {
        unknown++
        continue
      }
      judged += alike.length
      const verdict = verdictOf(one, noise.logRatio(one), band, shift)
      if (verdict !== undefined) differences.push(...alike.map((pair) => difference(pair, verdict)))
    }
    if (unknown > 0)
      notJudged.push(`time of ${unknown} programs on ${device}: the history has too few of them`)
  }
  return { judged, differences, notJudged }
}

/** The programs that a pair of cells ran in the two runs. */
function programsOf({ before, after }: TimedPair): string {
  return [after.workload, before.latency.shared.program, after.latency.shared.program].join(' ')
}

/** Whether both times are stable and from one clock. */
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

/** Undefined if the times do not differ. `total` is the logarithm of their ratio. */
function verdictOf(
  { before: { latency: old }, after: { latency: now } }: TimedPair,
  total: number,
  band: number,
  shift: Shift,
): Verdict | undefined {
  const own = total - shift.taken
  const apart = own > 0 ? now.ci95[0] > old.ci95[1] : now.ci95[1] < old.ci95[0]
  const effect = Math.log(1 + MINIMUM_EFFECT)
  const enough = Math.min(
    ...[own, total, Math.log(now.median / old.median)].map((one) => one * Math.sign(own)),
  )
  if (!apart || enough < effect || Math.abs(own) <= Math.max(band, shift.band)) return undefined
  return own > 0 ? 'worse' : 'better'
}

function difference({ before, after }: TimedPair, verdict: Verdict): Difference {
  return {
    key: after.key,
    figure: 'latency',
    before: before.latency.median,
    after: after.latency.median,
    verdict,
    gates: false,
  }
}
