import { Step } from '../step'

/**
 * The positions of an input's elements for the elements of the output; a step is 0 if the input is repeated along it.
 */
@unmanaged
class Met {
  image: i32
  channel: i32
  /** The address of a list with the elements from the image's first to each pixel's. */
  pixels: usize
}

/** The host writes the words in this order (src/ops/where.ts). */
@unmanaged
class Where {
  channels: i32
  positions: i32
  stored: i32
  /** The address of a `Met` for the condition and for each of the two tensors. */
  met: usize
  /** The bits of a number without its sign. */
  magnitude: u32
}

/** The index of the first element of a pixel. */
@inline
function pixelOf(met: Met, image: i32, pixel: i32): i32 {
  return image * met.image + load<i32>(met.pixels + ((<usize>pixel) << 2))
}

/** Bits of b if the condition a is not 0, else bits of c. A tile is a pixel. */
function where<T>(step: Step, tile: i32): void {
  const op = changetype<Where>(step.op)
  const size: usize = sizeof<T>()
  const image = tile / op.positions
  const pixel = tile % op.positions
  const inA = changetype<Met>(op.met)
  const inB = changetype<Met>(op.met + offsetof<Met>())
  const inC = changetype<Met>(op.met + 2 * offsetof<Met>())
  const a = step.a + <usize>pixelOf(inA, image, pixel) * size
  const b = step.b + <usize>pixelOf(inB, image, pixel) * size
  const c = step.c + <usize>pixelOf(inC, image, pixel) * size
  const y = step.y + <usize>(tile * op.stored) * size
  const magnitude = <T>op.magnitude
  for (let i = 0; i < op.channels; i++) {
    const holds = (load<T>(a + <usize>(i * inA.channel) * size) & magnitude) != 0
    const from = holds ? b + <usize>(i * inB.channel) * size : c + <usize>(i * inC.channel) * size
    store<T>(y + <usize>i * size, load<T>(from))
  }
  memory.fill(y + <usize>op.channels * size, 0, <usize>(op.stored - op.channels) * size)
}

export function whereFloat(step: Step, tile: i32, scratch: usize): void { where<u32>(step, tile) }
export function whereHalf(step: Step, tile: i32, scratch: usize): void { where<u16>(step, tile) }
