import { clampOn, type Clamp, type QParams } from '@octet/core'
import type { FloatType, NodeWriter } from '../nodes.ts'

/**
 * The bounds of an activation in real units that stand exactly on a grid, where the grid's own ends do not imply them.
 * Then QuantizeLinear saturates where the activation would hold the value, and the activation is left out: a Relu
 * whose zero point is the least integer, a Clip that no integer lies past. To hold floats at such bounds and round them
 * gives the integers of rounding them and holding those: rounding keeps order.
 */
export function boundsLeft(bounds: Clamp, grid: QParams): Clamp | undefined {
  const { qmin, qmax, scale, zeroPoint } = grid
  const [lo, hi] = clampOn(grid, bounds)
  if (lo === qmin && hi === qmax) return undefined
  const real = (q: number): number => Math.fround((q - zeroPoint[0]) * scale[0])
  return [lo === qmin ? -Infinity : real(lo), hi === qmax ? Infinity : real(hi)]
}

/** Holds a tensor to bounds, by the node that the graph has for it. */
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
