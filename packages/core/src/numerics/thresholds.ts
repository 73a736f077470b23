import { rint } from './rint.ts'

const LARGEST = 3.4028234663852886e38

/**
 * The points where ONNX's division moves from one int8 integer to the next, on a grid of scale s and zero point z, for
 * devices that cannot divide exactly. Entry q + 128 is the least float32 x with `rint(fl32(x / s)) + z >= q`. A device
 * that multiplies by fl32(1/s) is at most one step off, and corrects the step by comparing x with entries q + 128 and q
 * + 129. The first entry and the last, 256, are the ends of float32: no value lies beyond them.
 */
export function divisionThresholds(s: number, z: number): Float32Array {
  const least = (steps: number): number => {
    const cell = Float32Array.of((steps - 0.5) * s)
    if (!Number.isFinite(cell[0])) return Math.sign(cell[0]) * LARGEST
    const bits = new Int32Array(cell.buffer)
    const reaches = (): boolean => rint(Math.fround(cell[0] / s)) >= steps
    const further = cell[0] >= 0 ? 1 : -1
    while (reaches()) bits[0] -= further
    while (!reaches()) bits[0] += further
    return cell[0]
  }
  return Float32Array.from({ length: 257 }, (_, entry) =>
    entry === 0 ? -LARGEST : entry === 256 ? LARGEST : least(entry - 128 - z),
  )
}
