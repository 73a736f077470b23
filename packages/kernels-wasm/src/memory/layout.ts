import { bytesPerElement, elements, type Shape, type TensorSpec } from '@octet/core'

/** How a tensor lies in memory: image by image, pixel by pixel, the channels of a pixel together (NHWC). */
export interface Layout {
  readonly images: number
  readonly channels: number
  /** Pixels an image: all axes from the third on. */
  readonly positions: number
  /** Channels a pixel has room for. */
  readonly stored: number
  /** Elements in all, room included. */
  readonly count: number
}

/** Vectors are read and written whole, past the last element too. */
const SLACK_BYTES = 64

/** Room for channels: whole blocks of 8, but none beside fewer than 8, where padding would cost more than it saves. */
export function storedChannels(channels: number): number {
  return channels < 8 ? channels : Math.ceil(channels / 8) * 8
}

export function layoutOf(shape: Shape): Layout {
  const images = shape[0] ?? 1
  const channels = shape[1] ?? 1
  const positions = elements(shape.slice(2))
  const stored = storedChannels(channels)
  return { images, channels, positions, stored, count: images * positions * stored }
}

/** Bytes a tensor takes, with room past its end. */
export function bytesOf({ dtype, shape }: TensorSpec): number {
  return layoutOf(shape).count * bytesPerElement(dtype) + SLACK_BYTES
}

type Numbers = { readonly length: number; [index: number]: number }

/** Lays `logical`, in ONNX order, out into `stored`; room that belongs to no channel becomes 0. */
export function layOut<Data extends Numbers & { set(from: Data): void; fill(value: number): void }>(
  { images, channels, positions, stored: pixel }: Layout,
  logical: Data,
  stored: Data,
): void {
  if (pixel === channels && (positions === 1 || channels === 1)) return stored.set(logical)
  if (pixel !== channels) stored.fill(0)
  let from = 0
  for (let image = 0; image < images; image++)
    for (let channel = 0; channel < channels; channel++) {
      let to = image * positions * pixel + channel
      for (const end = from + positions; from < end; from++, to += pixel) stored[to] = logical[from]
    }
}

/** The inverse: elements in ONNX order. */
export function collect<Data extends Numbers & { set(from: Data): void }>(
  { images, channels, positions, stored: pixel }: Layout,
  stored: Data,
  logical: Data,
): void {
  if (pixel === channels && (positions === 1 || channels === 1)) return logical.set(stored)
  let to = 0
  for (let image = 0; image < images; image++)
    for (let channel = 0; channel < channels; channel++) {
      let from = image * positions * pixel + channel
      for (const end = to + positions; to < end; to++, from += pixel) logical[to] = stored[from]
    }
}
