import { Move } from '../move'
import { Step } from '../step'

/** The host writes the words in this order (src/ops/reshape.ts). */
@unmanaged
class Reshape extends Move {
  outImages: i32
  /** The bytes of all storage of y. */
  outBytes: i32
}

/**
 * Keeps the row-major order under another shape. Storage that belongs to no element becomes 0. x and y may have
 * different numbers of images: x is read in order, and y is written image by image. T is an unsigned integer of an
 * element's size.
 */
@kernels(Bytes, Halves, Words)
function reshape<T>(step: Step): void {
  const op = changetype<Reshape>(step.op)
  const size: usize = sizeof<T>()
  memory.fill(step.y, 0, <usize>op.outBytes)
  let c = 0, p = 0
  let image = step.a
  for (let n = 0; n < op.outImages; n++)
    for (let outC = 0; outC < op.outChannels; outC++) {
      let to = step.y + <usize>(n * op.outPositions * op.outStored + outC) * size
      for (let outP = 0; outP < op.outPositions; outP++, to += <usize>op.outStored * size) {
        store<T>(to, load<T>(image + <usize>(p * op.stored + c) * size))
        if (++p < op.positions) continue
        p = 0
        if (++c < op.channels) continue
        c = 0
        image += <usize>(op.positions * op.stored) * size
      }
    }
}

/** Copies the storage unchanged. */
export function copyStorage(step: Step, tile: i32, scratch: usize): void {
  memory.copy(step.y, step.a, <usize>changetype<Reshape>(step.op).outBytes)
}
