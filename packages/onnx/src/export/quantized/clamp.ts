import { clampOn, type Clamp, type QParams } from '@octet/core'
import type { FloatType, NodeWriter } from '../nodes.ts'

/**
 * The bounds of an activation in real units that lie exactly on a grid, if the ends of the grid do not imply them. If
 * they do, QuantizeLinear saturates where the activation would limit the value, and the activation is left out: a Relu
 * whose zero point is the smallest integer, or a Clip that no integer exceeds. Limiting floats to such bounds and then
 * rounding gives the same integers as rounding first, because rounding keeps the order.
 */
export function boundsLeft(bounds: Clamp, grid: QParams): Clamp | undefined {
  const { qmin, qmax, scale, zeroPoint } = grid
  const [lo, hi] = clampOn(grid, bounds)
  if (lo === qmin && hi === qmax) return undefined
  const real = (q: number): number => Math.fround((q - zeroPoint[0]) * scale[0])
  return [lo === qmin ? -Infinity : real(lo), hi === qmax ? Infinity : real(hi)]
}

/** Limits a tensor to bounds, with the graph's node for these bounds. */
export function writeBounds(
  writer: NodeWriter,
  [min, max]: Clamp,
  place: { readonly name: string; readonly input: string; readonly output: string; readonly type: FloatType },
): void {
  const { name, input, output, type } = place
  const node = { name, inputs: [input], output }
  if (min === 0 && max === Infinity) writer.write({ ...node, op: 'Relu', attributes: null }, { type })
  else writer.write({ ...node, op: 'Clip', attributes: { min, max } }, { type })
}
