import { Move } from '../move'
import { Step } from '../step'

/** One input of a Concat. The host writes the words in this order (src/ops/concat.ts). */
@unmanaged
class Join extends Move {
  images: i32
  /** 256 entries, through which int8 goes. */
  table: usize
  /** Where x begins in y. */
  firstChannel: i32
  firstPosition: i32
  firstImage: i32
  /** Pixels of a run of x, and from run to run of y. */
  run: i32
  outRun: i32
}

/** Puts one input into its place. The last channel writes zeros up to the next pixel. */
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
