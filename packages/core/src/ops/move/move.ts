import { PRECISIONS, rint, toFloat16, type QParams } from '../../numerics/index.ts'
import { elements, type Shape } from '../../tensor/tensor.ts'
import type { KernelOp, LayerOp } from '../record.ts'
import { expectConstants, type Constants, type NodeOf, type SpecOf } from '../spec.ts'
import { tableOf } from '../table.ts'

/**
 * Moves values of x: y[i0, i1, ...] = x[offsets[0][i0] + offsets[1][i1] + ...], with x counted in ONNX order, or the
 * fill if an offset is negative. An offset is a step along some axes of x. Steps of different axes of y never add up
 * past the end of an axis of x. Constants: move.
 */
export interface MoveSpec extends SpecOf<'Move'> {
  /** For int8: y has a separate grid, and a table brings values onto it. */
  readonly regrids?: true
}

/** The parts of an op that moves values. The `MoveSpec` of each node comes from them. */
interface Moving<N> {
  /** @throws OctetError naming a node that does not fit the input. */
  shape(node: N, x: Shape): Shape
  /** For each axis of the output, the offset of each position in the input; OUTSIDE if the position lies outside. */
  offsets(node: N, x: Shape): readonly (readonly number[])[]
  /** The real value of positions outside the input. It is left out if no position lies outside. */
  outside?(node: N): number
}

/** The offset of positions outside the input. */
export const OUTSIDE = -1

/**
 * The record of an op that moves values. In INT8, the output lies on the input's grid, so nothing is rounded. The
 * output has its own grid only if a value other than 0 comes in from outside.
 */
export function moving<N extends NodeOf<string, unknown>>(op: Moving<N>): LayerOp<N, MoveSpec> {
  const outside = (node: N): number => op.outside?.(node) ?? 0
  const offsets = (node: N, x: Shape): Int32Array[] =>
    op.offsets(node, x).map((axis) => Int32Array.from(axis))
  return {
    weighted: false,
    clamp: 'none',
    infinities: 'kept',
    gain: 'lost',
    shape: (node, [x]) => op.shape(node, x),
    spec: (node, tensors) => ({
      op: 'Move',
      ...tensors,
      ...(tensors.output.dtype === 'int8' && outside(node) !== 0 && { regrids: true }),
    }),
    floats: (node, { inputs: [x] }) => ({
      kind: 'move',
      offsets: offsets(node, x.shape),
      fill: Math.fround(outside(node)),
    }),
    integers: {
      grid: (node) => (outside(node) === 0 ? 'input' : 'own'),
      constants: (node, { inputs: [grid], output }, { inputs: [x], regrids }) => ({
        kind: 'move',
        offsets: offsets(node, x.shape),
        fill: onGrid(outside(node), output),
        ...(regrids && { table: tableOf((value) => value, grid, output) }),
      }),
    },
  }
}

/** rint(fl32(value * fl32(1/s))) + z, limited to [qmin, qmax]. */
function onGrid(value: number, { scale, zeroPoint, qmin, qmax }: QParams): number {
  const q = rint(Math.fround(Math.fround(value) * Math.fround(1 / scale[0]))) + zeroPoint[0]
  return Math.min(Math.max(q, qmin), qmax)
}

export const Move: KernelOp<MoveSpec> = {
  precisions: PRECISIONS,
  sums: () => null,
  compute: (spec, constants, [x], y) => {
    const { offsets, fill, table } = expectConstants(spec, constants, 'move')
    const outside = y.dtype === 'float16' ? toFloat16(Float32Array.of(fill))[0] : fill
    let at = 0
    const visit = (axis: number, from: number): void => {
      if (axis < offsets.length)
        return offsets[axis].forEach((offset) => {
          visit(axis + 1, from < 0 || offset < 0 ? OUTSIDE : from + offset)
        })
      const value = from < 0 ? outside : x.data[from]
      y.data[at++] = from < 0 || table === undefined ? value : table[value + 128]
    }
    visit(0, 0)
  },
  /** Each output axis steps along the input's axis of the same number, and starts again at its end. */
  instance: ({ inputs: [x], output, regrids }, { tables }) => ({
    kind: 'move',
    offsets: output.shape.map((size, axis) =>
      Int32Array.from({ length: size }, (_, i) => (i % (x.shape[axis] ?? 1)) * strideOf(x.shape, axis)),
    ),
    fill: 0,
    ...(regrids && { table: tables(1) }),
  }),
}

/** The number of elements from one position of an axis to the next, in ONNX order. */
export function strideOf(shape: Shape, axis: number): number {
  return elements(shape.slice(axis + 1))
}

/** The offsets of an unchanged axis. */
export function straight(shape: Shape, axis: number): number[] {
  const stride = strideOf(shape, axis)
  return Array.from({ length: shape[axis] }, (_, i) => i * stride)
}

/** The offsets of every axis. The axes in `places` take the given positions; the others are unchanged. */
export function taking(x: Shape, places: ReadonlyMap<number, readonly number[]>): number[][] {
  return x.map((_, axis) => {
    const stride = strideOf(x, axis)
    return places.get(axis)?.map((place) => (place < 0 ? OUTSIDE : place * stride)) ?? straight(x, axis)
  })
}

export type MoveConstants = Extract<Constants, { kind: 'move' }>
