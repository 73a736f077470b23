import { loadOne, storeOne } from '../half'
import { clearRest, Row, rowAt, rowBytes } from '../row'
import { Step } from '../step'

/** exp(x - max) / Σ, or its logarithm. A tile is a row. */
@inline
function softmax<T>(step: Step, tile: i32, log: bool): void {
  const op = changetype<Row>(step.op)
  const size: usize = sizeof<T>()
  const x = step.a + rowAt<T>(op, tile), y = step.y + rowAt<T>(op, tile)
  const end = rowBytes<T>(op)
  let most = -f32.MAX_VALUE
  for (let i: usize = 0; i < end; i += size) most = max(most, loadOne<T>(x + i))
  let sum: f32 = 0
  for (let i: usize = 0; i < end; i += size) sum += Mathf.exp(loadOne<T>(x + i) - most)
  const logarithm = log ? Mathf.log(sum) : 0
  for (let i: usize = 0; i < end; i += size) {
    const value = loadOne<T>(x + i) - most
    storeOne<T>(y + i, log ? value - logarithm : Mathf.exp(value) / sum)
  }
  clearRest<T>(op, y)
}

export function softmaxFloat(step: Step, tile: i32, scratch: usize): void { softmax<f32>(step, tile, false) }
export function softmaxHalf(step: Step, tile: i32, scratch: usize): void { softmax<u16>(step, tile, false) }
export function logSoftmaxFloat(step: Step, tile: i32, scratch: usize): void { softmax<f32>(step, tile, true) }
export function logSoftmaxHalf(step: Step, tile: i32, scratch: usize): void { softmax<u16>(step, tile, true) }
