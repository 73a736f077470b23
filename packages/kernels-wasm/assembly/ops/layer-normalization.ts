import { loadOne, storeOne } from '../half'
import { clearRest, Row, rowAt, rowBytes } from '../row'
import { Step } from '../step'

/** The host writes the words in this order (src/ops/layer-normalization.ts). */
@unmanaged
class LayerNormalization extends Row {
  epsilon: f64
}

/**
 * scale * (x - mean) / sqrt(variance + epsilon) + bias in float64, where a has the rows, b the scale and c the bias. A
 * tile is a row.
 */
@kernels(Float, Half)
function layerNormalization<T>(step: Step, tile: i32): void {
  const op = changetype<LayerNormalization>(step.op)
  const size: usize = sizeof<T>()
  const x = step.a + rowAt<T>(op, tile), y = step.y + rowAt<T>(op, tile)
  const end = rowBytes<T>(op)
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
  clearRest<T>(op, y)
}
