const { fround } = Math

/** How far a length may lie from its scale times the input's, where the scale was rounded from the length. */
const LENGTH_ERROR = 0.01

/** How ONNX's Resize finds the place of the input that a place of the output shows. */
export type CoordinateMode =
  | 'half_pixel'
  | 'half_pixel_symmetric'
  | 'pytorch_half_pixel'
  | 'align_corners'
  | 'asymmetric'
  | 'tf_half_pixel_for_nn'
  | 'tf_crop_and_resize'

/** One axis that is resized. */
export interface ResizedAxis {
  readonly from: number
  readonly to: number
  /** How many times longer the axis becomes; `to` may be rounded. */
  readonly scale: number
  /** The part of the axis that `tf_crop_and_resize` shows, from 0, its start, to 1, its end. */
  readonly region: readonly [start: number, end: number]
}

/** The place of the input, between places in general, by float32 steps as ONNX Runtime takes them. */
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
      // ONNX divides by the length that the scale asks for, which `to` is rounded from where no size was given.
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
