const { fround } = Math

/**
 * The largest difference between a length and its scale times the input's length, if the scale was rounded from the
 * length.
 */
const LENGTH_ERROR = 0.01

/** The rule by which ONNX's Resize maps a position of the output to a position of the input. */
export type CoordinateMode =
  | 'half_pixel'
  | 'half_pixel_symmetric'
  | 'pytorch_half_pixel'
  | 'align_corners'
  | 'asymmetric'
  | 'tf_half_pixel_for_nn'
  | 'tf_crop_and_resize'

/** One resized axis. */
export interface ResizedAxis {
  readonly from: number
  readonly to: number
  /** The ratio of the new length to the old. `to` may be rounded. */
  readonly scale: number
  /** The part of the axis that `tf_crop_and_resize` shows. 0 is the start of the axis and 1 is its end. */
  readonly region: readonly [start: number, end: number]
}

/** The position in the input, usually between two elements, computed with ONNX Runtime's float32 steps. */
export function originalPlace(
  mode: CoordinateMode,
  { from, to, scale, region }: ResizedAxis,
): (place: number) => number {
  const half = (place: number): number => fround(fround(fround(place + 0.5) / fround(scale)) - 0.5)
  switch (mode) {
    case 'half_pixel':
      return half
    case 'pytorch_half_pixel':
      return to > 1 ? half : () => 0
    case 'half_pixel_symmetric': {
      const adjustment = fround(to / fround(fround(scale) * from))
      const offset = fround((from / 2) * fround(1 - adjustment))
      return (place) => fround(offset + half(place))
    }
    case 'asymmetric':
      return (place) => fround(place / fround(scale))
    case 'tf_half_pixel_for_nn':
      return (place) => fround(fround(place + 0.5) / fround(scale))
    case 'align_corners': {
      // ONNX divides by the length that the scale gives. Without a given size, `to` is that length rounded.
      const asked = fround(fround(scale) * from)
      const last = (Math.abs(asked - to) < LENGTH_ERROR ? to : asked) - 1
      return to > 1 ? (place) => fround(fround(place * (from - 1)) / last) : () => 0
    }
    case 'tf_crop_and_resize': {
      const [start, end] = region.map((edge) => fround(fround(edge) * (from - 1)))
      if (to <= 1) return () => fround(0.5 * fround(start + end))
      return (place) => fround(start + fround(fround(place * fround(end - start)) / (to - 1)))
    }
  }
}
