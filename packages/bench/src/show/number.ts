import { inUnit, type ScoredTask, type Unit } from '@octet/core'
import type { MeasuredLoss, Ratio } from '@octet/core/statistics'

/** Milliseconds as `1:05`, or `42 s` below a minute. */
export function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Nanoseconds with three significant digits, in ns, µs, ms or s. */
export function nanoseconds(ns: number): string {
  const [unit, size] =
    ns < 1e3
      ? (['ns', 1] as const)
      : ns < 1e6
        ? (['µs', 1e3] as const)
        : ns < 1e9
          ? (['ms', 1e6] as const)
          : (['s', 1e9] as const)
  return `${significant(ns / size)} ${unit}`
}

/** Bytes in B, kB or MB, with 1 kB = 1000 B. */
export function bytes(count: number): string {
  if (count < 1e3) return `${count} B`
  return count < 1e6 ? `${significant(count / 1e3)} kB` : `${significant(count / 1e6)} MB`
}

/** The exact number of bytes: `12,345 B`. */
export function allBytes(count: number): string {
  return `${count.toLocaleString('en')} B`
}

/** A fraction as per cent with two decimals. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)}%`
}

/** Decibels with one decimal. Null means that there is no error. */
export function decibels(db: number | null): string {
  return db === null ? 'exact' : `${db.toFixed(1)} dB`
}

/** A stored difference in its unit, with its sign and without the unit's name. Zero has no sign. */
export function signed(value: number, unit: Unit): string {
  const figure = inUnit(value, unit)
  return Number(figure) === 0 ? inUnit(0, unit) : value > 0 ? `+${figure}` : figure
}

/** The head of a column of losses with intervals: `drop, points [95%]`. */
export function lossHead({ noun, name }: ScoredTask['loss']): string {
  return `${[noun, name].filter(Boolean).join(', ')} [95%]`
}

/** A loss with its 95% interval, all with signs: `+0.12 [-0.05, +0.29]`. */
export function lossWithInterval(
  { loss, ci95: [lo, hi] }: Pick<MeasuredLoss, 'loss' | 'ci95'>,
  unit: Unit,
): string {
  return `${signed(loss, unit)} [${signed(lo, unit)}, ${signed(hi, unit)}]`
}

/** Three significant digits without an exponent. Two digits below 1. */
export function significant(value: number): string {
  if (value >= 100) return value.toFixed(0)
  if (value >= 10) return value.toFixed(1)
  return value === 0 || value >= 0.1 ? value.toFixed(2) : value.toPrecision(2)
}

/** A ratio with its 95% interval: `1.93x [1.90, 1.95]`. */
export function times({ ratio, ci95: [lo, hi] }: Ratio): string {
  return `${significant(ratio)}x [${significant(lo)}, ${significant(hi)}]`
}
