const { abs, exp, PI, sign, sqrt } = Math

/** From here on, erf is 1 in float64. */
const SETTLED = 6

/**
 * The error function in float64: 2 / sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n + 1) / (1 * 3 * ... * (2n + 1))
 * (Abramowitz and Stegun 1964, 7.1.6). All terms have one sign, so there is no cancellation.
 */
export function erf(x: number): number {
  if (abs(x) >= SETTLED) return sign(x)
  let [term, sum] = [x, x]
  for (let odd = 3; abs(term) > abs(sum) * 2 ** -54; odd += 2) {
    term *= (2 * x * x) / odd
    sum += term
  }
  return (2 / sqrt(PI)) * exp(-x * x) * sum
}
