import { median, studentTail } from '@octet/core/statistics'
import type { Cell, Latency } from '../../run/cell.ts'
import type { Run } from '../../run/run.ts'

type TimedCell = Cell & { readonly latency: Latency }

/** A cell in the two runs, with a time in both. */
export interface TimedPair {
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
/** From this many programs on a device in a run, their median says how much slower all of it is. */
const FEWEST_PROGRAMS = 3
/** Degrees of freedom that the pooled deviation counts for, beside a program's own. */
const PRIOR_FREEDOM = 8

/**
 * The noise between equal runs, from groups of them: log time = program + device in that run + rest. The device's part
 * is the median over its programs. Both parts have a variance over the runs, pooled over the groups; that of the rest
 * is a program's own, drawn towards that of all programs (Smyth, "Linear models and empirical Bayes methods", 2004). A
 * band is what Student's t leaves `tail` outside of, half for the device and half for all its programs together. Where
 * the runs have fewer than three programs, nothing tells the parts apart: the band is that of their sum.
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
      ? 'one run each, and no history of equal runs on this machine with its devices as they are'
      : 'the history has fewer than three equal runs of it'
  const all = programs.flatMap(({ before, after }) => [before.latency, after.latency])
  const related = all.every(({ reference }) => reference !== undefined && reference.ns > 0)
    ? spreadOf(programs, groups, ({ median: ns, reference }) =>
        reference === undefined ? NaN : Math.log(ns / reference.ns),
      )
    : undefined
  // Times over the reference's, where equal runs show that they vary less.
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
  /** Standard deviation of the device's part over equal runs, and its degrees of freedom. */
  readonly device: number
  readonly freedom: number
  /** Whether the history has enough programs to tell the device's part from the rest. */
  readonly apart: boolean
  /** By cell key, of the programs that the history knows: of the rest, or of all where it is not told apart. */
  readonly own: ReadonlyMap<string, Readonly<Sum>>
  /** The pooled standard deviation of the same. */
  readonly pooled: number
  readonly level: (latency: Latency) => number
}

function scatterOf({ device, apart, pooled }: Spread): number {
  return apart ? device + pooled : pooled
}

/** Undefined where no program is in enough equal runs. */
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
    // A run of one or two programs does not tell what of its time is the device's.
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

/** Adds the squares of those of some values that are known, around their mean. */
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
