import { Move } from '../move'
import { Step } from '../step'

/** One input of a Concat. The host writes the words in this order (src/ops/concat.ts). */
@unmanaged
class Join extends Move {
  images: i32
  /** 256 entries of a table for int8. */
  table: usize
  /** The position in y where x begins. */
  firstChannel: i32
  firstPosition: i32
  firstImage: i32
  /** The pixels in a run of x, and the distance between runs in y. */
  run: i32
  outRun: i32
}

/** Copies one input to its place. The last channel also writes zeros up to the next pixel. */
@kernels(Bytes, Halves, Words)
function join<T>(step: Step): void {
  const op = changetype<Join>(step.op)
  const size: usize = sizeof<T>()
  const last = op.firstChannel + op.channels == op.outChannels
  for (let n = 0; n < op.images; n++)
    for (let p = 0; p < op.positions; p++) {
      const place = (p / op.run) * op.outRun + (p % op.run) + op.firstPosition
      const pixel = ((op.firstImage + n) * op.outPositions + place) * op.outStored
      const from = step.a + <usize>((n * op.positions + p) * op.stored) * size
      const to = step.y + <usize>(pixel + op.firstChannel) * size
      if (sizeof<T>() == 1) {
        const zero = op.table + 128
        for (let c = 0; c < op.channels; c++) store<u8>(to + <usize>c, load<u8>(zero + load<i8>(from + <usize>c)))
      } else memory.copy(to, from, <usize>op.channels * size)
      if (last) memory.fill(to + <usize>op.channels * size, 0, <usize>(op.outStored - op.outChannels) * size)
    }
}
