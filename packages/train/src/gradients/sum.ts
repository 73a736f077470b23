/**
 * Sums over the elements [from, end) of a plane run in four lanes, as one addition would wait for the other; the
 * order is fixed.
 */

/** Sum of x. */
function sumOf(x: Float32Array, from: number, end: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  const whole = end - ((end - from) & 3)
  let at = from
  for (; at < whole; at += 4) {
    s0 += x[at]
    s1 += x[at + 1]
    s2 += x[at + 2]
    s3 += x[at + 3]
  }
  for (; at < end; at++) s0 += x[at]
  return s0 + s1 + (s2 + s3)
}

/** Sum of (x - mean)^2. */
function sumOfSquares(x: Float32Array, from: number, end: number, mean: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  const whole = end - ((end - from) & 3)
  let at = from
  for (; at < whole; at += 4) {
    const d0 = x[at] - mean
    const d1 = x[at + 1] - mean
    const d2 = x[at + 2] - mean
    const d3 = x[at + 3] - mean
    s0 += d0 * d0
    s1 += d1 * d1
    s2 += d2 * d2
    s3 += d3 * d3
  }
  for (; at < end; at++) s0 += (x[at] - mean) * (x[at] - mean)
  return s0 + s1 + (s2 + s3)
}

/** Sum of dy * (x - mean). */
function sumOfProducts(dy: Float32Array, x: Float32Array, from: number, end: number, mean: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  const whole = end - ((end - from) & 3)
  let at = from
  for (; at < whole; at += 4) {
    s0 += dy[at] * (x[at] - mean)
    s1 += dy[at + 1] * (x[at + 1] - mean)
    s2 += dy[at + 2] * (x[at + 2] - mean)
    s3 += dy[at + 3] * (x[at + 3] - mean)
  }
  for (; at < end; at++) s0 += dy[at] * (x[at] - mean)
  return s0 + s1 + (s2 + s3)
}

/** How planes of channels lie in a batch: sample after sample, in each channel after channel. */
interface ChannelPlanes {
  readonly batch: number
  readonly channels: number
  /** Elements of one plane. */
  readonly plane: number
}

/** Sum of x over a channel's planes. */
export function sumOfChannel(
  x: Float32Array,
  { batch, channels, plane }: ChannelPlanes,
  channel: number,
): number {
  let sum = 0
  for (let sample = 0, from = channel * plane; sample < batch; sample++, from += channels * plane)
    sum += sumOf(x, from, from + plane)
  return sum
}

/** Mean and variance of a channel's planes, the latter over all its elements, not one less. */
export function momentsOf(
  x: Float32Array,
  planes: ChannelPlanes,
  channel: number,
): [mean: number, variance: number] {
  const { batch, channels, plane } = planes
  const count = batch * plane
  const mean = sumOfChannel(x, planes, channel) / count
  let squares = 0
  for (let sample = 0, from = channel * plane; sample < batch; sample++, from += channels * plane)
    squares += sumOfSquares(x, from, from + plane, mean)
  return [mean, squares / count]
}

/** Sums of dy, and of dy * (x - mean), over a channel's planes. */
export function projectionOf(
  dy: Float32Array,
  x: Float32Array,
  { batch, channels, plane }: ChannelPlanes,
  channel: number,
  mean: number,
): [sum: number, projection: number] {
  let [sum, projection] = [0, 0]
  for (let sample = 0, from = channel * plane; sample < batch; sample++, from += channels * plane) {
    sum += sumOf(dy, from, from + plane)
    projection += sumOfProducts(dy, x, from, from + plane, mean)
  }
  return [sum, projection]
}
