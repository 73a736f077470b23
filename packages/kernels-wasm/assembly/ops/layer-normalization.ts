import { loadOne, storeOne } from '../half'
import { Step } from '../step'

/** The host writes the words in this order (src/ops/layer-normalization.ts). */
@unmanaged
class LayerNormalization {
  /** Numbers of a row, and from row to row. */
  features: i32
  stored: i32
  epsilon: f64
}

/**
 * scale * (x - mean) / sqrt(variance + epsilon) + bias in float64, a the rows, b the scale and c the bias. A tile is a
 * row.
 */
function layerNormalization<T>(step: Step, tile: i32): void {
  const op = changetype<LayerNormalization>(step.op)
  const size: usize = sizeof<T>()
  const start = <usize>(tile * op.stored) * size
  const x = step.a + start
  const y = step.y + start
  const end = <usize>op.features * size
  let sum: f64 = 0
  for (let i: usize = 0; i < end; i += size) sum += <f64>loadOne<T>(x + i)
  const mean = sum / <f64>op.features
  let squares: f64 = 0
  for (let i: usize = 0; i < end; i += size) {
    const centred = <f64>loadOne<T>(x + i) - mean
    squares += centred * centred
  }
  const deviation = Math.sqrt(squares / <f64>op.features + op.epsilon)
  for (let i: usize = 0; i < end; i += size) {
    const value = (<f64>loadOne<T>(x + i) - mean) / deviation
    storeOne<T>(y + i, <f32>(value * <f64>loadOne<T>(step.b + i) + <f64>loadOne<T>(step.c + i)))
  }
  memory.fill(y + end, 0, <usize>op.stored * size - end)
}

export function layerNormalizationFloat(step: Step, tile: i32, scratch: usize): void {
  layerNormalization<f32>(step, tile)
}
export function layerNormalizationHalf(step: Step, tile: i32, scratch: usize): void {
  layerNormalization<u16>(step, tile)
}
