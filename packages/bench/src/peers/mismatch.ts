/** How an output differs from the expected output. Undefined if every value is within `bound` of its expected value. */
export function mismatchOf(output: Float32Array, expected: Float32Array, bound: number): string | undefined {
  if (output.length !== expected.length)
    return `it computes something else: ${output.length} numbers for ${expected.length}`
  const wrong = expected.findIndex((value, index) => !(Math.abs(value - output[index]) <= bound))
  return wrong < 0
    ? undefined
    : `it computes something else: ${output[wrong]} for ${expected[wrong]} at ${wrong}, further than ` +
        bound.toPrecision(2)
}

/** The largest magnitude. Bounds are shares of it. */
export function largestOf(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}
