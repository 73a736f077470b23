import { loadOne, storeOne } from '../half'
import { Step } from '../step'

/** The host writes the words in this order (src/ops/argmax.ts). */
@unmanaged
class ArgMax {
  /** Numbers of a row, and from row to row. */
  features: i32
  stored: i32
  /** Of several equal numbers the last is taken. */
  selectLast: i32
}

/** The place of a row's largest number; NaN is the largest. A tile is a row. */
function argMax<T>(step: Step, tile: i32): void {
  const op = changetype<ArgMax>(step.op)
  const x = step.a + <usize>(tile * op.stored) * sizeof<T>()
  const last = op.selectLast != 0
  let most = loadOne<T>(x)
  let place = 0
  for (let i = 1; i < op.features; i++) {
    const value = loadOne<T>(x + <usize>i * sizeof<T>())
    const isNaN = value != value
    const equal = isNaN ? most != most : value == most
    const above = isNaN ? most == most : value > most
    if (above || (last && equal)) {
      most = value
      place = i
    }
  }
  storeOne<T>(step.y + <usize>tile * sizeof<T>(), <f32>place)
}

export function argMaxFloat(step: Step, tile: i32, scratch: usize): void { argMax<f32>(step, tile) }
export function argMaxHalf(step: Step, tile: i32, scratch: usize): void { argMax<u16>(step, tile) }
