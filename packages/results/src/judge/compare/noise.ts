import { median, studentTail } from '@octet/core/statistics'
import type { Cell, Latency } from '../../run/cell.ts'
import type { Run } from '../../run/run.ts'

type TimedCell = Cell & { readonly latency: Latency }

/** A program in the two runs. */
interface TimedPair {
  readonly before: TimedCell
  readonly after: TimedCell
}

/** How much slower a device is as a whole in the second run, in logarithms of time. */
export interface Shift {
  /** What is taken from every program's difference: 0 where the shift is more than equal runs show. */
  readonly taken: number
  /** What a difference must exceed beside its own band: where nothing is taken, the shift's. */
  readonly band: number
}

/** How equal runs differ on a device. Logarithms of ratios of times throughout. */
export interface Noise {
  logRatio(pair: TimedPair): number
  shiftOf(pairs: readonly TimedPair[]): Shift
  /** What two equal runs differ by at most in the program of a cell. Undefined where the history does not say. */
  bandOf(key: string): number | undefined
}

/** Fewest degrees of freedom: three equal runs, or two and two. */
const FEWEST_FREEDOM = 2
/** From this many programs on a device, their median says how much slower all of it is. */
const FEWEST_PROGRAMS = 3
/** Degrees of freedom that the pooled deviation counts for, beside a program's own. */
const PRIOR_FREEDOM = 8

/**
 * The noise between equal runs, from groups of them: log time = program + device in that run + rest. The device's part
 * is the median over its programs. Both parts have a variance over the runs, pooled over the groups; that of the rest
 * is a program's own, drawn towards that of all programs (Smyth, "Linear models and empirical Bayes methods", 2004). A
 * band is what Student's t leaves `tail` outside of, half for the device and half for all its programs together.
 * @param programs one pair of cells for each program of one device
 * @return why there is none, where the history is too short
 */
export function noiseOf(
  programs: readonly TimedPair[],
  groups: readonly (readonly Run[])[],
  tail: number,
): Noise | string {
  const plain = spreadOf(programs, groups, ({ median: ns }) => Math.log(ns))
  if (plain === undefined)
    return groups.length === 0
      ? 'one run each, and no history of equal runs on this machine (--history FOLDER)'
      : 'the history has fewer than three equal runs of it'
  const all = programs.flatMap(({ before, after }) => [before.latency, after.latency])
  const related = all.every(({ reference }) => reference !== undefined && reference.ns > 0)
    ? spreadOf(programs, groups, ({ median: ns, reference }) =>
        reference === undefined ? NaN : Math.log(ns / reference.ns),
      )
    : undefined
  // Times over the reference's, where equal runs show that they vary less.
  const spread =
    related !== undefined && related.device + related.rest < plain.device + plain.rest ? related : plain
  const { device, rest, freedom, own, level } = spread
  const several = programs.length >= FEWEST_PROGRAMS
  const prior = Math.min(PRIOR_FREEDOM, Math.max(1, freedom * (own.size - 1)))
  const bands = new Map<string, number>()
  for (const [key, program] of own) {
    const degrees = prior + program.freedom
    const moderated = Math.sqrt((prior * rest ** 2 + program.squares) / degrees)
    const share = tail / 2 / own.size
    const band = several
      ? studentTail(share, degrees) * moderated
      : studentTail(share, freedom) * Math.hypot(device, rest)
    bands.set(key, Math.SQRT2 * band)
  }
  const shiftBand = Math.SQRT2 * studentTail(tail / 2, freedom) * device
  const logRatio = ({ before, after }: TimedPair): number => level(after.latency) - level(before.latency)
  return {
    logRatio,
    shiftOf: (pairs) => {
      const shift = several ? median(pairs.map(logRatio)) : 0
      return Math.abs(shift) > shiftBand ? { taken: 0, band: shiftBand } : { taken: shift, band: 0 }
    },
    bandOf: (key) => bands.get(key),
  }
}

interface Spread {
  /** Standard deviation of the device's part over equal runs, and its degrees of freedom. */
  readonly device: number
  readonly freedom: number
  /** Pooled standard deviation of the rest. */
  readonly rest: number
  /** By cell key: the rest's sum of squares of each program. */
  readonly own: ReadonlyMap<string, { readonly squares: number; readonly freedom: number }>
  readonly level: (latency: Latency) => number
}

/** Undefined where no program is in enough equal runs. */
function spreadOf(
  programs: readonly TimedPair[],
  groups: readonly (readonly Run[])[],
  level: (latency: Latency) => number,
): Spread | undefined {
  const keys = programs.map(({ after }) => after.key)
  const squares = new Map(keys.map((key) => [key, { sum: 0, freedom: 0 }]))
  let [device, freedom] = [0, 0]
  for (const group of groups) {
    const runs = group
      .map((run) => levelsOf(run, keys, level))
      .filter((levels) => [...levels.values()].some(Number.isFinite))
    if (runs.length < 2) continue
    const centred = keys.flatMap((key) => {
      const found = runs.map((levels) => levels.get(key) ?? NaN)
      const known = found.filter(Number.isFinite)
      if (known.length < 2) return []
      const mean = known.reduce((sum, one) => sum + one, 0) / known.length
      return [{ key, values: found.map((one) => one - mean) }]
    })
    const shifts = runs.map((_, run) =>
      median(centred.map(({ values }) => values[run]).filter(Number.isFinite)),
    )
    const present = shifts.filter(Number.isFinite)
    if (present.length < 2) continue
    const middle = present.reduce((sum, one) => sum + one, 0) / present.length
    device += present.reduce((sum, one) => sum + (one - middle) ** 2, 0)
    freedom += present.length - 1
    for (const { key, values } of centred) {
      const rest = values.map((one, run) => one - shifts[run]).filter(Number.isFinite)
      const mean = rest.reduce((sum, one) => sum + one, 0) / rest.length
      const square = squares.get(key)!
      square.sum += rest.reduce((sum, one) => sum + (one - mean) ** 2, 0)
      square.freedom += rest.length - 1
    }
  }
  const known = [...squares].filter(([, { freedom: degrees }]) => degrees >= FEWEST_FREEDOM)
  if (freedom < FEWEST_FREEDOM || known.length === 0) return undefined
  const total = known.reduce((sum, [, one]) => sum + one.sum, 0)
  const degrees = known.reduce((sum, [, one]) => sum + one.freedom, 0)
  // The device's part takes about one program's degrees of freedom from the rest.
  const left = known.length > 1 ? (degrees * (known.length - 1)) / known.length : degrees
  return {
    device: Math.sqrt(device / freedom),
    freedom,
    rest: Math.sqrt(total / left),
    own: new Map(
      known.map(([key, { sum: squares, freedom: degrees }]) => [key, { squares, freedom: degrees }]),
    ),
    level,
  }
}

/** By cell key: the level of a run's stable times. */
function levelsOf(
  { cells }: Run,
  keys: readonly string[],
  level: (latency: Latency) => number,
): Map<string, number> {
  const wanted = new Set(keys)
  return new Map(
    cells.flatMap(({ key, status, latency }) =>
      wanted.has(key) && status === 'ok' && latency !== undefined && latency.median > 0
        ? [[key, level(latency)] as const]
        : [],
    ),
  )
}
