import type { QParams, Shape, Tensor } from '@octet/core'

/**
 * Integers of a file in ONNX's form, with the float32 values that they represent: `tensor[i] = fl32(fl32(q - z) * s)`.
 */
export interface HeldIntegers {
  readonly tensor: Tensor<'float32'>
  readonly values: readonly number[]
  /** Their data type by its number (onnx.proto). */
  readonly type: number
  /** One scale, or one scale per index of an axis. Absent if they are per block. */
  readonly scale?: Float32Array
  readonly zeroPoint: readonly number[]
}

/** An integer tensor of a file, with the float tensor of the graph that represents it. */
export interface View {
  /** The float tensor: the integers minus the zero point, times the scale. */
  readonly value: string
  /** Its int8 grid. A uint8 grid is shifted by 128. */
  readonly grid: QParams
  readonly isUnsigned: boolean
}

/**
 * Facts about a file's quantized tensors, gathered while its nodes are read. The graph has the float tensors. An
 * Identity marks each place where the file rounds to a grid.
 */
export class Integers {
  readonly #views = new Map<string, View>()
  /** By the name of the Identity that marks a rounding. */
  readonly marks: Map<string, QParams> = new Map()
  /** Constants that the file dequantizes. */
  readonly held: HeldIntegers[] = []

  view(name: string): View | undefined {
    return this.#views.get(name)
  }

  define(name: string, view: View): void {
    this.#views.set(name, view)
  }
}

/** A per-tensor grid of int8 or uint8 as an int8 grid. A uint8 grid is the same grid shifted by 128. */
export function gridOf(scale: number, zeroPoint: number, isUnsigned: boolean): QParams {
  return {
    axis: null,
    scale: Float32Array.of(scale),
    zeroPoint: Int32Array.of(isUnsigned ? zeroPoint - 128 : zeroPoint),
    qmin: -128,
    qmax: 127,
    by: 'divide',
  }
}

/** Whether two per-tensor grids map every number to the same integer and every integer to the same number. */
export function sameGrid(a: QParams, b: QParams): boolean {
  return a.scale[0] === b.scale[0] && a.zeroPoint[0] === b.zeroPoint[0]
}

/**
 * For each element of a shape, the index of its scale: one for all, one per index of an axis, or one per block of the
 * axis.
 */
export function scalePlaces(
  shape: Shape,
  counts: Shape,
  axis: number,
  block: number,
): (index: number) => number {
  if (counts.every((count) => count === 1)) return () => 0
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  const size = shape[axis]
  if (block === 0) return (index) => Math.floor(index / inner) % size
  const blocks = Math.ceil(size / block)
  return (index) => {
    const outer = Math.floor(index / (inner * size))
    const at = Math.floor((Math.floor(index / inner) % size) / block)
    return (outer * blocks + at) * inner + (index % inner)
  }
}
