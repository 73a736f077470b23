import { Step } from '../step'

/**
 * The right operand of a MatMul, [k][ldb], laid out as panels of 8 columns. Columns past its own are 0. The host writes
 * the words in this order (src/ops/matmul.ts).
 */
@unmanaged
class Panel {
  k: i32
  /** The number of products in a sum of the panel: k, filled up to an even number for int8. */
  depth: i32
  columns: i32
  ldb: i32
  zeroPoint: i32
}

/** float32 and halves: panels [depth][8]. T is an unsigned integer of their size. */
function panel<T>(step: Step, tile: i32): void {
  const op = changetype<Panel>(step.op)
  const columns = min(8, op.columns - (tile << 3))
  let to = step.y + <usize>(tile * op.depth) * 8 * sizeof<T>()
  for (let k = 0; k < op.depth; k++) {
    const count = k < op.k ? columns : 0
    const from = step.a + <usize>(k * op.ldb + (tile << 3)) * sizeof<T>()
    for (let i = 0; i < 8; i++, to += sizeof<T>()) store<T>(to, i < count ? load<T>(from + <usize>i * sizeof<T>()) : 0)
  }
}

export function panelFloat(step: Step, tile: i32, scratch: usize): void { panel<u32>(step, tile) }
export function panelHalf(step: Step, tile: i32, scratch: usize): void { panel<u16>(step, tile) }

/** int8: panels [depth / 2][8][2] of int16 minus the zero point. */
export function panelInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Panel>(step.op)
  const count = min(8, op.columns - (tile << 3))
  let to = step.y + (<usize>(tile * op.depth) << 4)
  for (let k = 0; k < op.depth; k += 2) {
    const from = step.a + <usize>(k * op.ldb + (tile << 3))
    for (let i = 0; i < 8; i++, to += 4) {
      const top = i < count && k < op.k ? load<i8>(from + <usize>i) - op.zeroPoint : 0
      const bottom = i < count && k + 1 < op.k ? load<i8>(from + <usize>(op.ldb + i)) - op.zeroPoint : 0
      store<i16>(to, <i16>top)
      store<i16>(to, <i16>bottom, 2)
    }
  }
}
