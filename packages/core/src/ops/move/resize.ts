import type { Shape } from '../../tensor/tensor.ts'
import { bracketed, CONTRADICTION, fail } from '../message.ts'
import type { LayerOp } from '../record.ts'
import type { NodeOf } from '../spec.ts'
import { originalPlace, type CoordinateMode } from './coordinates.ts'
import { moving, OUTSIDE, taking, type MoveSpec } from './move.ts'

/** The rule, with ONNX's names, that picks the nearest of the two positions beside a position between them. */
export type NearestMode = 'round_prefer_floor' | 'round_prefer_ceil' | 'floor' | 'ceil'

/**
 * A Resize to the nearest positions. It gives for each axis: the new size, or 0 if the axis is unchanged; the ratio of
 * its lengths; and the part that `tf_crop_and_resize` shows. Positions outside the input have the value
 * `extrapolation`.
 */
export type ResizeNode = NodeOf<
  'Resize',
  {
    readonly sizes: readonly number[]
    readonly scales: readonly number[]
    readonly regions: readonly (readonly [start: number, end: number])[]
    readonly coordinates: CoordinateMode
    readonly nearest: NearestMode
    readonly extrapolation: number
  }
>

export const Resize: LayerOp<ResizeNode, MoveSpec> = moving({
  shape: (node, x) => {
    const { sizes, scales, regions } = node.attributes
    if ([sizes, scales, regions].some(({ length }) => length !== x.length))
      fail(node, `sizes ${bracketed(sizes)} are not one for each axis of ${bracketed(x)}`, CONTRADICTION)
    if (!scales.every((scale) => scale > 0))
      fail(node, `scales ${bracketed(scales)} are not all above 0`, CONTRADICTION)
    return x.map((size, axis) => sizes[axis] || size)
  },
  offsets: (node, x) => taking(x, placesOf(node, x)),
  outside: ({ attributes: { coordinates, extrapolation } }) =>
    coordinates === 'tf_crop_and_resize' ? extrapolation : 0,
})

function placesOf({ attributes }: ResizeNode, x: Shape): Map<number, number[]> {
  const { sizes, scales, regions, coordinates, nearest } = attributes
  const resized = [...x.keys()].filter((axis) => sizes[axis] !== 0)
  return new Map(
    resized.map((axis) => {
      const [from, to] = [x[axis], sizes[axis]]
      const original = originalPlace(coordinates, { from, to, scale: scales[axis], region: regions[axis] })
      const places = Array.from({ length: to }, (_, at) => {
        const place = original(at)
        if (coordinates === 'tf_crop_and_resize' && !(place >= 0 && place <= from - 1)) return OUTSIDE
        return Math.min(Math.max(NEAREST[nearest](place), 0), from - 1)
      })
      return [axis, places]
    }),
  )
}

const NEAREST: Readonly<Record<NearestMode, (place: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
}
