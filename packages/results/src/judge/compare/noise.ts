import { median, studentTail } from '@octet/core/statistics'
import type { Cell, Latency } from '../../run/cell.ts'
import type { Run } from '../../run/run.ts'

type TimedCell = Cell & { readonly latency: Latency }

/** A cell in the two runs, with a time in both. */
export interface TimedPair {
  readonly before: TimedCell
  readonly after: TimedCell
}

/** How much slower a whole device is in the second run, as the logarithm of the ratio of times. */
export interface Shift {
  /**
   * The part that is subtracted from every program's difference; 0 unless the shift is larger than between equal runs.
   */
  readonly taken: number
  /** The shift's band, if nothing is subtracted. A difference must exceed it in addition to its own band. */
  readonly band: number
}

/** How equal runs differ on a device. All figures are logarithms of ratios of times. */
export interface Noise {
  logRatio(pair: TimedPair): number
  shiftOf(pairs: readonly TimedPair[]): Shift
  /** The largest difference between two equal runs in the program of a cell. Undefined if the history does not tell. */
  bandOf(key: string): number | undefined
}

/** The fewest degrees of freedom: three equal runs, or two and two. */
const FEWEST_FREEDOM = 2
/** From this many programs on a device in a run, their median tells how much slower the whole device is. */
const FEWEST_PROGRAMS = 3
/** The degrees of freedom of the pooled deviation, beside a program's own. */
const PRIOR_FREEDOM = 8

/**
 * The noise between equal runs, from groups of them: log time = program + device in that run + rest. The device's part
 * is the median over its programs. Both parts have a variance over the runs, pooled over the groups. The variance of
 * the rest is the program's own, drawn towards the variance of all programs (Smyth, "Linear models and empirical Bayes
 * methods", 2004). Student's t leaves `tail` outside a band: half for the device and half for all its programs
 * together. Runs with fewer than three programs cannot separate the parts, so the band is the band of their sum.
 * @param programs one pair of cells for each program of one device
 * @return the reason why there is none, if the history is too short
 */
export function noiseOf(
  programs: readonly TimedPair[],
  groups: readonly (readonly Run[])[],
  tail: number,
): Noise | string {
  const plain = spreadOf(programs, groups, ({ median: ns }) => Math.log(ns))
  if (plain === undefined)
    return groups.length === 0
      ? 'one run each, and no history of equal runs on this machine with its devices as they are'
      : 'the history has fewer than three equal runs of it'
  const all = programs.flatMap(({ before, after }) => [before.latency, after.latency])
  const related = all.every(({ reference }) => reference !== undefined && reference.ns > 0)
    ? spreadOf(programs, groups, ({ median: ns, reference }) =>
        reference === undefined ? NaN : Math.log(ns / reference.ns),
      )
    : undefined
  // Times relative to the reference's time, if equal runs show that these vary less.
  const spread = related !== undefined && scatterOf(related) < scatterOf(plain) ? related : plain
  const { device, freedom, apart, own, pooled, level } = spread
  const prior = Math.min(PRIOR_FREEDOM, Math.max(1, freedom * (own.size - 1)))
  const share = tail / 2 / own.size
  const bands = new Map<string, number>()
  for (const [key, program] of own) {
    const degrees = prior + program.freedom
    const moderated = Math.sqrt((prior * pooled ** 2 + program.squares) / degrees)
    const band = apart ? studentTail(share, degrees) * moderated : studentTail(share, freedom) * pooled
    bands.set(key, Math.SQRT2 * band)
  }
  const shiftBand = Math.SQRT2 * studentTail(tail / 2, freedom) * device
  const logRatio = ({ before, after }: TimedPair): number => level(after.latency) - level(before.latency)
  return {
    logRatio,
    shiftOf: (pairs) => {
      const shift = apart ? median(pairs.map(logRatio)) : 0
      return Math.abs(shift) > shiftBand ? { taken: 0, band: shiftBand } : { taken: shift, band: 0 }
    },
    bandOf: (key) => bands.get(key),
  }
}

interface Sum {
  squares: number
  freedom: number
}

interface Spread {
  /** The standard deviation of the device's part over equal runs, and its degrees of freedom. */
  readonly device: number
  readonly freedom: number
  /** Whether the history has enough programs to separate the device's part from the rest. */
  readonly apart: boolean
  /**
   * For each program in the history, by cell key: the sum for the rest, or for the total if the parts are not
   * separated.
   */
  readonly own: ReadonlyMap<string, Readonly<Sum>>
  /** The pooled standard deviation of the same part. */
  readonly pooled: number
  readonly level: (latency: Latency) => number
}

function scatterOf({ device, apart, pooled }: Spread): number {
  return apart ? device + pooled : pooled
}

/** Undefined if no program is in enough equal runs. */
function spreadOf(
  programs: readonly TimedPair[],
  groups: readonly (readonly Run[])[],
  level: (latency: Latency) => number,
): Spread | undefined {
  const keys = programs.map(({ after }) => after.key)
  const sums = (): Map<string, Sum> => new Map(keys.map((key) => [key, { squares: 0, freedom: 0 }]))
  const [whole, rest, device] = [sums(), sums(), { squares: 0, freedom: 0 }]
  for (const group of groups) {
    const runs = group.map((run) => levelsOf(run, keys, level))
    const centred = keys.flatMap((key) => {
      const levels = runs.map((run) => run.get(key) ?? NaN)
      const mean = meanOf(levels.filter(Number.isFinite))
      return levels.filter(Number.isFinite).length < 2
        ? []
        : [{ key, values: levels.map((one) => one - mean) }]
    })
    const found = runs.map((_, run) => centred.map(({ values }) => values[run]).filter(Number.isFinite))
    const shifts = found.map(median)
    // A run with one or two programs does not show which part of its time is the device's.
    const known = found.map(({ length }, run) => (length < FEWEST_PROGRAMS ? NaN : shifts[run]))
    add(device, shifts)
    for (const { key, values } of centred) {
      add(whole.get(key)!, values)
      add(
        rest.get(key)!,
        values.map((one, run) => one - known[run]),
      )
    }
  }
  const [apart, together] = [rest, whole].map((parts) =>
    [...parts].filter(([, { freedom }]) => freedom >= FEWEST_FREEDOM),
  )
  const several = apart.length >= FEWEST_PROGRAMS
  const own = several ? apart : together
  if (device.freedom < FEWEST_FREEDOM || own.length === 0) return undefined
  const total = own.reduce((sum, [, { squares }]) => sum + squares, 0)
  const degrees = own.reduce((sum, [, { freedom }]) => sum + freedom, 0)
  // The device's part takes about one program's degrees of freedom from the rest.
  const left = several ? (degrees * (own.length - 1)) / own.length : degrees
  return {
    device: Math.sqrt(device.squares / device.freedom),
    freedom: device.freedom,
    apart: several,
    own: new Map(own),
    pooled: Math.sqrt(total / left),
    level,
  }
}

/** Adds the squared distances of the known values (not NaN) from their mean. */
function add(sum: Sum, values: readonly number[]): void {
  const known = values.filter(Number.isFinite)
  if (known.length < 2) return
  const mean = meanOf(known)
  sum.squares += known.reduce((squares, one) => squares + (one - mean) ** 2, 0)
  sum.freedom += known.length - 1
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length
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
