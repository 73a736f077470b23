import { grouped, significant } from './number.ts'

/** One unit for many figures, such as those of a column or of an axis. */
export interface Scale {
  readonly unit: string
  /** How much a unit is, in nanoseconds or bytes. */
  readonly size: number
  /** A figure in nanoseconds or bytes, written in the unit and without it. */
  readonly write: (figure: number) => string
}

/** The unit that suits the longest of some times in nanoseconds; three significant digits. */
export function timeScale(times: readonly number[]): Scale {
  const longest = Math.max(...times)
  const [unit, size] =
    longest < 1e3 ? ['ns', 1] : longest < 1e6 ? ['µs', 1e3] : longest < 1e9 ? ['ms', 1e6] : ['s', 1e9]
  return { unit, size, write: (ns) => significant(ns / size) }
}

/** The decimal unit that suits the largest of some counts of bytes: every byte below 10 kB, then one decimal. */
export function byteScale(counts: readonly number[]): Scale {
  const largest = Math.max(...counts)
  const [unit, size, decimals] = largest < 1e4 ? ['B', 1, 0] : largest < 1e7 ? ['kB', 1e3, 1] : ['MB', 1e6, 1]
  return { unit, size, write: (count) => grouped(count / size, decimals) }
}
