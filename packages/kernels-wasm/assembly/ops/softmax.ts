import { loadOne, storeOne } from '../half'
import { Step } from '../step'

/** The host writes the words in this order (src/ops/softmax.ts). */
@unmanaged
class Softmax {
  /** Numbers of a row, and from row to row. */
  features: i32
  stored: i32
}

/** exp(x - max) / Σ, or the logarithm of it. A tile is a row. */
@inline
function softmax<T>(step: Step, tile: i32, log: bool): void {
  const op = changetype<Softmax>(step.op)
  const size: usize = sizeof<T>()
  const start = <usize>(tile * op.stored) * size
  const x = step.a + start
  const y = step.y + start
  const end = <usize>op.features * size
  let most = -f32.MAX_VALUE
  for (let i: usize = 0; i < end; i += size) most = max(most, loadOne<T>(x + i))
  let sum: f32 = 0
  for (let i: usize = 0; i < end; i += size) sum += Mathf.exp(loadOne<T>(x + i) - most)
  const logarithm = log ? Mathf.log(sum) : 0
  for (let i: usize = 0; i < end; i += size) {
    const value = loadOne<T>(x + i) - most
    storeOne<T>(y + i, log ? value - logarithm : Mathf.exp(value) / sum)
  }
  memory.fill(y + end, 0, <usize>op.stored * size - end)
}

export function softmaxFloat(step: Step, tile: i32, scratch: usize): void { softmax<f32>(step, tile, false) }
export function softmaxHalf(step: Step, tile: i32, scratch: usize): void { softmax<u16>(step, tile, false) }
export function logSoftmaxFloat(step: Step, tile: i32, scratch: usize): void { softmax<f32>(step, tile, true) }
export function logSoftmaxHalf(step: Step, tile: i32, scratch: usize): void { softmax<u16>(step, tile, true) }
