/** How outputs differ from those expected, or undefined where each is within `bound` of its own. */
export function mismatchOf(output: Float32Array, expected: Float32Array, bound: number): string | undefined {
  if (output.length !== expected.length)
    return `it computes something else: ${output.length} numbers for ${expected.length}`
  const wrong = expected.findIndex((value, index) => !(Math.abs(value - output[index]) <= bound))
  return wrong < 0
    ? undefined
    : `it computes something else: ${output[wrong]} for ${expected[wrong]} at ${wrong}, further than ${bound.toPrecision(2)}`
}

/** The largest magnitude, which bounds are shares of. */
export function largestOf(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}
