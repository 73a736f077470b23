/** Adding and subtracting this number leaves no fraction bits in a double, so the hardware's ties-to-even rounds. */
const NO_FRACTION = 1.5 * 2 ** 52

/**
 * Rounds to the nearest integer, ties to even. It is exact for every float32, and for doubles up to 2^51 in magnitude.
 * Infinities and NaN stay as they are. A zero result is +0.
 */
export function rint(x: number): number {
  return x + NO_FRACTION - NO_FRACTION
}
