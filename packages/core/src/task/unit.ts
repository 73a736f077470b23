/** The form in which a stored number is written. */
export interface Unit {
  /** The name behind the number, such as `points`; empty for a number without a unit. */
  readonly name: string
  /** The factor by which the stored number is multiplied. */
  readonly factor: number
  /** The number of decimals; or, for numbers whose size depends on the data, the number of significant digits. */
  readonly decimals: number
  /** Whether `decimals` counts significant digits. */
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

/** A number that is already formatted, with the unit's name behind it. */
export function named(number: string, { name }: Unit): string {
  return `${number}${name === '' || name.startsWith('%') ? '' : ' '}${name}`
}
