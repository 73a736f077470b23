import { bytesPerElement, elements, type Shape, type TensorSpec } from '@octet/core'

/** The layout of a tensor in memory: image by image, pixel by pixel, with the channels of a pixel together (NHWC). */
export interface Layout {
  readonly images: number
  readonly channels: number
  /** Pixels per image: all axes from the third on. */
  readonly positions: number
  /** The number of channels that a pixel has room for. */
  readonly stored: number
  /** The number of elements, including unused room. */
  readonly count: number
}

/** Vectors are read and written whole, even past the last element. */
const SLACK_BYTES = 64

/**
 * Room for channels: whole blocks of 8. Fewer than 8 channels get no padding, because it would cost more than it saves.
 */
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

/** Bytes of a tensor, including the room past its end. */
export function bytesOf({ dtype, shape }: TensorSpec): number {
  return layoutOf(shape).count * bytesPerElement(dtype) + SLACK_BYTES
}

type Numbers = { readonly length: number; [index: number]: number }

/** Copies `logical`, in ONNX order, into `stored`. Room without a channel becomes 0. */
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
