/** How a stored number is written. */
export interface Unit {
  /** Stands behind the number, e.g. `points`; empty for a number without a unit. */
  readonly name: string
  /** The factor of the stored number. */
  readonly factor: number
  /** How many decimals there are; or, of numbers whose size is the data's own, how many digits that count. */
  readonly decimals: number
  /** Whether `decimals` are digits that count. */
  readonly significant?: boolean
}

/** A stored number in its unit, without the unit's name: `98.71`. */
export function inUnit(
  value: number,
  { factor, decimals, significant = false }: Unit,
  digits: number = decimals,
): string {
  const figure = factor * value
  return significant ? String(Number(figure.toPrecision(digits))) : figure.toFixed(digits)
}

/** A stored number with the name of its unit: `98.71%`, `0.12 points`. */
export function withUnit(value: number, unit: Unit, digits: number = unit.decimals): string {
  return named(inUnit(value, unit, digits), unit)
}

/** The number in words and the unit's name behind it. */
export function named(number: string, { name }: Unit): string {
  return `${number}${name === '' || name.startsWith('%') ? '' : ' '}${name}`
}
