/** Nine numbers: the taps of a 3x3 filter, row by row. */
type Nine = [number, number, number, number, number, number, number, number, number]

/** The taps of a 3x3 filter from `at` on, for unrolled loops. */
export function nine(w: ArrayLike<number>, at = 0): Nine {
  const [p, q] = [at + 3, at + 6]
  return [w[at], w[at + 1], w[at + 2], w[p], w[p + 1], w[p + 2], w[q], w[q + 1], w[q + 2]]
}

/** Adds nine sums to the elements from `at` on. */
export function addNine(target: Float32Array, at: number, sums: Nine): void {
  const [s0, s1, s2, s3, s4, s5, s6, s7, s8] = sums
  target[at] += s0
  target[at + 1] += s1
  target[at + 2] += s2
  target[at + 3] += s3
  target[at + 4] += s4
  target[at + 5] += s5
  target[at + 6] += s6
  target[at + 7] += s7
  target[at + 8] += s8
}
