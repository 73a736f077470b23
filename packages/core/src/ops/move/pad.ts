import type { Shape } from '../../tensor/tensor.ts'
import { bracketed, CONTRADICTION, fail } from '../message.ts'
import type { LayerOp } from '../record.ts'
import type { NodeOf } from '../spec.ts'
import { moving, OUTSIDE, taking, type MoveSpec } from './move.ts'

/** The values beyond the ends of an axis, in ONNX's terms. */
export type PadMode = 'constant' | 'reflect' | 'edge' | 'wrap'

/**
 * `pads`: the padding before each axis, then the padding after each axis. A negative number removes that many
 * positions, before any padding is added. `value` is the value of mode `constant`.
 */
export type PadNode = NodeOf<
  'Pad',
  { readonly mode: PadMode; readonly pads: readonly number[]; readonly value: number }
>

/**
 * A value other than 0 must lie on the output's grid, so calibration observes it. -infinity becomes the grid's least
 * value.
 */
export const Pad: LayerOp<PadNode, MoveSpec> = moving({
  shape: (node, x) => {
    const { mode, pads } = node.attributes
    if (pads.length !== 2 * x.length)
      fail(node, `pads ${bracketed(pads)} are not two for each axis of ${bracketed(x)}`, CONTRADICTION)
    const kept = x.map((size, axis) => size + Math.min(0, pads[axis]) + Math.min(0, pads[axis + x.length]))
    const empty = kept.findIndex(
      (size, axis) => size < 1 && mode !== 'constant' && padsOf(node, axis) !== '0,0',
    )
    if (empty >= 0)
      fail(node, `nothing is left of axis ${empty} of ${bracketed(x)} to pad with`, CONTRADICTION)
    return x.map((size, axis) => Math.max(0, size + pads[axis] + pads[axis + x.length]))
  },
  offsets: (node, x) => taking(x, placesOf(node, x)),
  outside: ({ attributes: { mode, value } }) => (mode === 'constant' ? value : 0),
})

function padsOf({ attributes: { pads } }: PadNode, axis: number): string {
  return `${pads[axis]},${pads[axis + pads.length / 2]}`
}

function placesOf({ attributes: { mode, pads } }: PadNode, x: Shape): Map<number, number[]> {
  return new Map(
    x.map((size, axis) => {
      const [before, after] = [pads[axis], pads[axis + x.length]]
      const first = Math.max(0, -before)
      const kept = size - first - Math.max(0, -after)
      const length = Math.max(0, size + before + after)
      const places = Array.from({ length }, (_, i) => {
        const place = BEYOND[mode](i - Math.max(0, before), kept)
        return place < 0 ? OUTSIDE : first + place
      })
      return [axis, places]
    }),
  )
}

/** The position that a position before the start or past the end of an axis of that size repeats; negative for none. */
const BEYOND: Readonly<Record<PadMode, (place: number, size: number) => number>> = {
  constant: (place, size) => (place < size ? place : OUTSIDE),
  edge: (place, size) => Math.min(Math.max(place, 0), size - 1),
  wrap: (place, size) => modulo(place, size),
  reflect: (place, size) => {
    if (size === 1) return 0
    const turned = modulo(place, 2 * (size - 1))
    return turned < size ? turned : 2 * (size - 1) - turned
  },
}

function modulo(place: number, period: number): number {
  return ((place % period) + period) % period
}
