import { grouped, significant } from './number.ts'

/** One unit for several figures, such as a column or an axis. */
export interface Scale {
  readonly unit: string
  /** The size of the unit, in nanoseconds or bytes. */
  readonly size: number
  /** Writes a figure in nanoseconds or bytes as a number in this unit, without the unit's name. */
  readonly write: (figure: number) => string
}

/** The unit that fits the longest of some times in nanoseconds, with three significant digits. */
export function timeScale(times: readonly number[]): Scale {
  const longest = largestOf(times)
  const [unit, size] =
    longest < 1e3 ? ['ns', 1] : longest < 1e6 ? ['µs', 1e3] : longest < 1e9 ? ['ms', 1e6] : ['s', 1e9]
  return { unit, size, write: (ns) => significant(ns / size) }
}

/** The decimal unit that fits the largest of some byte counts: exact bytes below 10 kB, otherwise one decimal. */
export function byteScale(counts: readonly number[]): Scale {
  const largest = largestOf(counts)
  const [unit, size, decimals] = largest < 1e4 ? ['B', 1, 0] : largest < 1e7 ? ['kB', 1e3, 1] : ['MB', 1e6, 1]
  return { unit, size, write: (count) => grouped(count / size, decimals) }
}

function largestOf(figures: readonly number[]): number {
  return figures.reduce((largest, one) => Math.max(largest, one), -Infinity)
}
