import { lanesBefore, sumOfFloats, sumOfLanes } from './lane'

/**
 * A BatchNormalization, channel by channel over a batch of planes. The host writes the words in this order
 * (src/train/batchnorm.ts).
 */
@unmanaged
class BatchNorm {
  x: usize
  /** 0 if there is none. */
  dx: usize
  y: usize
  dy: usize
  /** [channels] each. */
  scale: usize
  dScale: usize
  shift: usize
  dShift: usize
  runningMean: usize
  runningVar: usize
  /** [channels] each, in float64. The forward step leaves them for the backward step. */
  means: usize
  inverses: usize
  channels: i32
  plane: i32
}

/** The weight of the old running statistics in each update (ONNX's default for the attribute of this name). */
const MOMENTUM: f64 = 0.9

/** The sum of (x - mean)^2. */
function sumOfSquares(x: usize, count: i32, mean: f32): f64 {
  const middle = f32x4.splat(mean)
  let low = f32x4.splat(0), high = low
  let left = count
  for (; left >= 8; left -= 8, x += 32) {
    const a = f32x4.sub(v128.load(x), middle), b = f32x4.sub(v128.load(x, 16), middle)
    low = f32x4.add(low, f32x4.mul(a, a))
    high = f32x4.add(high, f32x4.mul(b, b))
  }
  for (; left > 0; left -= 4, x += 16) {
    const a = v128.and(f32x4.sub(v128.load(x), middle), lanesBefore(left))
    low = f32x4.add(low, f32x4.mul(a, a))
  }
  return sumOfLanes(f32x4.add(low, high))
}

/** The sum of dy * (x - mean). */
function sumOfProducts(dy: usize, x: usize, count: i32, mean: f32): f64 {
  const middle = f32x4.splat(mean)
  let low = f32x4.splat(0), high = low
  let left = count
  for (; left >= 8; left -= 8, x += 32, dy += 32) {
    low = f32x4.add(low, f32x4.mul(v128.load(dy), f32x4.sub(v128.load(x), middle)))
    high = f32x4.add(high, f32x4.mul(v128.load(dy, 16), f32x4.sub(v128.load(x, 16), middle)))
  }
  for (; left > 0; left -= 4, x += 16, dy += 16) {
    const tilted = f32x4.mul(v128.load(dy), f32x4.sub(v128.load(x), middle))
    low = f32x4.add(low, v128.and(tilted, lanesBefore(left)))
  }
  return sumOfLanes(f32x4.add(low, high))
}

/** y = (x - mean) * gain + shift. */
function scalePlane(y: usize, x: usize, count: i32, mean: f32, gain: f32, shift: f32): void {
  const middle = f32x4.splat(mean), factor = f32x4.splat(gain), term = f32x4.splat(shift)
  let left = count
  for (; left >= 4; left -= 4, x += 16, y += 16)
    v128.store(y, f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), middle), factor), term))
  for (; left > 0; left--, x += 4, y += 4) store<f32>(y, (load<f32>(x) - mean) * gain + shift)
}

/** dx += gain * dy - ((x - mean) * tilt + level). */
function spreadPlane(
  dx: usize, dy: usize, x: usize, count: i32, mean: f32, gain: f32, tilt: f32, level: f32,
): void {
  const middle = f32x4.splat(mean), factor = f32x4.splat(gain), slope = f32x4.splat(tilt), term = f32x4.splat(level)
  let left = count
  for (; left >= 4; left -= 4, dx += 16, dy += 16, x += 16) {
    const away = f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), middle), slope), term)
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.sub(f32x4.mul(factor, v128.load(dy)), away)))
  }
  for (; left > 0; left--, dx += 4, dy += 4, x += 4) {
    const away = (load<f32>(x) - mean) * tilt + level
    store<f32>(dx, load<f32>(dx) + (gain * load<f32>(dy) - away))
  }
}

/** Computes the statistics of channel c over the batch, and updates its running statistics. */
function measure(op: BatchNorm, c: i32, batch: i32, step: usize, epsilon: f64): void {
  const first = op.x + ((<usize>(c * op.plane)) << 2)
  const count = <f64>(batch * op.plane)
  let sum: f64 = 0
  for (let sample = 0, at = first; sample < batch; sample++, at += step) sum += sumOfFloats(at, op.plane)
  const mean = sum / count
  let squares: f64 = 0
  for (let sample = 0, at = first; sample < batch; sample++, at += step)
    squares += sumOfSquares(at, op.plane, <f32>mean)
  const variance = squares / count
  store<f64>(op.means + ((<usize>c) << 3), mean)
  store<f64>(op.inverses + ((<usize>c) << 3), 1 / Math.sqrt(variance + epsilon))
  const runningMean = op.runningMean + ((<usize>c) << 2), runningVar = op.runningVar + ((<usize>c) << 2)
  store<f32>(runningMean, <f32>(<f64>load<f32>(runningMean) * MOMENTUM + mean * (1 - MOMENTUM)))
  store<f32>(runningVar, <f32>(<f64>load<f32>(runningVar) * MOMENTUM + variance * (1 - MOMENTUM)))
}

export function batchNormForward(task: usize, batch: i32, train: i32, epsilon: f64): void {
  const op = changetype<BatchNorm>(task)
  const step = (<usize>(op.channels * op.plane)) << 2
  for (let c = 0; c < op.channels; c++) {
    const mean = op.means + ((<usize>c) << 3), inverse = op.inverses + ((<usize>c) << 3)
    if (train) measure(op, c, batch, step, epsilon)
    else {
      store<f64>(mean, <f64>load<f32>(op.runningMean + ((<usize>c) << 2)))
      store<f64>(inverse, 1 / Math.sqrt(<f64>load<f32>(op.runningVar + ((<usize>c) << 2)) + epsilon))
    }
    const gain = <f32>(<f64>load<f32>(op.scale + ((<usize>c) << 2)) * load<f64>(inverse))
    const shift = load<f32>(op.shift + ((<usize>c) << 2))
    let from = (<usize>(c * op.plane)) << 2
    for (let sample = 0; sample < batch; sample++, from += step)
      scalePlane(op.y + from, op.x + from, op.plane, <f32>load<f64>(mean), gain, shift)
  }
}

export function batchNormBackward(task: usize, batch: i32): void {
  const op = changetype<BatchNorm>(task)
  const step = (<usize>(op.channels * op.plane)) << 2
  const count = <f64>(batch * op.plane)
  for (let c = 0; c < op.channels; c++) {
    const first = (<usize>(c * op.plane)) << 2
    const mean = load<f64>(op.means + ((<usize>c) << 3)), inverse = load<f64>(op.inverses + ((<usize>c) << 3))
    let sum: f64 = 0, projection: f64 = 0
    for (let sample = 0, at = first; sample < batch; sample++, at += step) {
      sum += sumOfFloats(op.dy + at, op.plane)
      projection += sumOfProducts(op.dy + at, op.x + at, op.plane, <f32>mean)
    }
    projection *= inverse
    const shift = op.dShift + ((<usize>c) << 2), scale = op.dScale + ((<usize>c) << 2)
    store<f32>(shift, load<f32>(shift) + <f32>sum)
    store<f32>(scale, load<f32>(scale) + <f32>projection)
    if (!op.dx) continue
    const gain = <f64>load<f32>(op.scale + ((<usize>c) << 2)) * inverse
    const tilt = (gain * projection * inverse) / count
    for (let sample = 0, at = first; sample < batch; sample++, at += step)
      spreadPlane(
        op.dx + at, op.dy + at, op.x + at, op.plane, <f32>mean, <f32>gain, <f32>tilt, <f32>((gain * sum) / count),
      )
  }
}
