import { loadOne, storeOne } from '../half'
import { Row, rowAt } from '../row'
import { Step } from '../step'

/** The host writes the words in this order (src/ops/argmax.ts). */
@unmanaged
class ArgMax extends Row {
  /** If set, the last of several equal numbers is taken. */
  selectLast: i32
}

/** The index of a row's largest number. NaN counts as the largest. A tile is a row. */
@kernels(Float, Half)
function argMax<T>(step: Step, tile: i32): void {
  const op = changetype<ArgMax>(step.op)
  const x = step.a + rowAt<T>(op, tile)
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
