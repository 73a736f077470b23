/**
 * The layout of elements in x and in y; sizes are in elements. The host writes the words in this order
 * (src/ops/move-words.ts).
 */
@unmanaged
export class Move {
  channels: i32
  /** The number of pixels in an image. */
  positions: i32
  /** The number of channels that a pixel has room for. */
  stored: i32
  outChannels: i32
  outPositions: i32
  outStored: i32
}
