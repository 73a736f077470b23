/**
 * Sums over the elements [from, end) of a plane run in four lanes, because otherwise each addition waits for the one
 * before it. The order is fixed.
 */

/** The sum of x. */
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

/** The sum of (a - aMean) * (b - bMean). Subtracting a mean of 0 changes no bit. */
function sumOfProducts(
  a: Float32Array,
  aMean: number,
  b: Float32Array,
  bMean: number,
  from: number,
  end: number,
): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  const whole = end - ((end - from) & 3)
  let at = from
  for (; at < whole; at += 4) {
    s0 += (a[at] - aMean) * (b[at] - bMean)
    s1 += (a[at + 1] - aMean) * (b[at + 1] - bMean)
    s2 += (a[at + 2] - aMean) * (b[at + 2] - bMean)
    s3 += (a[at + 3] - aMean) * (b[at + 3] - bMean)
  }
  for (; at < end; at++) s0 += (a[at] - aMean) * (b[at] - bMean)
  return s0 + s1 + (s2 + s3)
}

/** The layout of channel planes in a batch: sample after sample, and in each sample channel after channel. */
interface ChannelPlanes {
  readonly batch: number
  readonly channels: number
  /** The number of elements in one plane. */
  readonly plane: number
}

/** The total, over a channel's planes, of `sum` over the elements [from, end) of each plane. */
function sumOverPlanes(
  { batch, channels, plane }: ChannelPlanes,
  channel: number,
  sum: (from: number, end: number) => number,
): number {
  let total = 0
  for (let sample = 0, from = channel * plane; sample < batch; sample++, from += channels * plane)
    total += sum(from, from + plane)
  return total
}

/** Sum of x over a channel's planes. */
export function sumOfChannel(x: Float32Array, planes: ChannelPlanes, channel: number): number {
  return sumOverPlanes(planes, channel, (from, end) => sumOf(x, from, end))
}

/** Mean and variance of a channel's planes. The variance divides by the number of elements, not one less. */
export function momentsOf(
  x: Float32Array,
  planes: ChannelPlanes,
  channel: number,
): [mean: number, variance: number] {
  const count = planes.batch * planes.plane
  const mean = sumOfChannel(x, planes, channel) / count
  const squares = sumOverPlanes(planes, channel, (from, end) => sumOfProducts(x, mean, x, mean, from, end))
  return [mean, squares / count]
}

/** The sums of dy, and of dy * (x - mean), over a channel's planes. */
export function projectionOf(
  dy: Float32Array,
  x: Float32Array,
  planes: ChannelPlanes,
  channel: number,
  mean: number,
): [sum: number, projection: number] {
  return [
    sumOfChannel(dy, planes, channel),
    sumOverPlanes(planes, channel, (from, end) => sumOfProducts(dy, 0, x, mean, from, end)),
  ]
}
