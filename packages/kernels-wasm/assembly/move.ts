/**
 * How elements lie in x and in y; sizes are in elements. The host writes the words in this order
 * (src/ops/move-words.ts).
 */
@unmanaged
export class Move {
  channels: i32
  /** Pixels an image. */
  positions: i32
  /** Channels that a pixel has room for. */
  stored: i32
  outChannels: i32
  outPositions: i32
  outStored: i32
}
