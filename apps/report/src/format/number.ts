import type { Interval } from '@octet/core/statistics'

export const MINUS = '\u2212'

/** Fixed decimals with a true minus sign. A value that rounds to zero has no sign. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals)
  return value < 0 && Number(text) !== 0 ? MINUS + text : text
}

/** A sentence with the page's signs: `-0.41` and `1.64x`, the forms of a terminal, become `−0.41` and `1.64×`. */
export function signed(sentence: string): string {
  return sentence.replaceAll(/(?<=^|[\s([])-(?=\d)/g, MINUS).replaceAll(/(?<=\d)x(?![\w])/g, '×')
}

/** Three significant digits without an exponent between 1e-4 and 1e6. */
export function significant(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size < 1e-4 || size >= 1e6) return value.toExponential(2).replaceAll('-', MINUS)
  return fixed(value, Math.max(0, 2 - Math.floor(Math.log10(size))))
}

/** A fraction in percent, or a difference of fractions in points, without the unit: `98.71`. */
export function hundredths(fraction: number): string {
  return fixed(fraction * 100, 2)
}

/** A fraction as `98.71%`. */
export function percent(fraction: number): string {
  return `${hundredths(fraction)}%`
}

/** A share that may be tiny: 0 stays `0%`, and a value that two decimals would hide becomes `<0.01%`. */
export function share(fraction: number): string {
  if (fraction === 0) return '0%'
  return fraction < 1e-4 ? '<0.01%' : percent(fraction)
}

/** A ratio of times, without the sign `×`. */
export function ratio(value: number): string {
  return fixed(value, 2)
}

/** A ratio of times. Below a tenth it has a third decimal, because two would hide its value. */
export function times(value: number): string {
  return value < 0.1 ? fixed(value, 3) : ratio(value)
}

/** The smallest and the largest of some ratios: `1.47 to 3.46`, or one number if both print the same. */
export function span(ratios: readonly number[]): string {
  const [least, most] = [times(Math.min(...ratios)), times(Math.max(...ratios))]
  return least === most ? least : `${least} to ${most}`
}

/** `[lo, hi]`, with both ends written by `format`. */
export function range([lo, hi]: Interval, format: (value: number) => string): string {
  return `[${format(lo)}, ${format(hi)}]`
}

/** Nanoseconds in milliseconds, three significant digits, without the unit. */
export function milliseconds(ns: number): string {
  return significant(ns / 1e6)
}

/** Nanoseconds with the unit that fits. */
export function duration(ns: number): string {
  if (ns < 1e3) return `${significant(ns)} ns`
  if (ns < 1e6) return `${significant(ns / 1e3)} µs`
  if (ns < 1e9) return `${significant(ns / 1e6)} ms`
  return `${significant(ns / 1e9)} s`
}

/** Bytes with the decimal unit that fits. */
export function bytes(count: number): string {
  if (count < 1e3) return `${count} B`
  if (count < 1e6) return `${significant(count / 1e3)} kB`
  if (count < 1e9) return `${significant(count / 1e6)} MB`
  return `${significant(count / 1e9)} GB`
}

/** Decibels without the unit. Null is an infinite ratio, which means no error. */
export function decibels(value: number | null): string {
  return value === null ? '∞' : fixed(value, 1)
}

/** Digits grouped by thousands. */
export function grouped(value: number, decimals = 0): string {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  return value.toLocaleString('en', options).replace('-', MINUS)
}

/** `1 cell`, `2 cells`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}
