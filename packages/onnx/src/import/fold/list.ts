import { cast, castLike } from './cast.ts'
import { ARITHMETIC, COMPARISONS, same, UNARY, where } from './elementwise.ts'
import type { Fold } from './fold.ts'
import { constantOfShape, cumSum, nonZero, oneHot, range, reduction, trilu } from './make.ts'
import {
  concat,
  expand,
  flatten,
  gather,
  reshape,
  slice,
  split,
  squeeze,
  tile,
  transpose,
  unsqueeze,
} from './moves.ts'

/**
 * How ONNX ops of constants are computed as a model is read: those that move numbers of any type, and those of whole
 * numbers. Core's own ops compute what is left, which is arithmetic of floats.
 */
export const FOLDS: ReadonlyMap<string, Fold> = new Map(
  Object.entries({
    ...ARITHMETIC,
    ...COMPARISONS,
    ...UNARY,
    Cast: cast,
    CastLike: castLike,
    Concat: concat,
    ConstantOfShape: constantOfShape,
    CumSum: cumSum,
    Expand: expand,
    Flatten: flatten,
    Gather: gather,
    Identity: same,
    NonZero: nonZero,
    OneHot: oneHot,
    Range: range,
    ReduceMax: reduction(-Infinity, Math.max),
    ReduceMin: reduction(Infinity, Math.min),
    ReduceProd: reduction(1, (product, value) => product * value),
    ReduceSum: reduction(0, (sum, value) => sum + value),
    Reshape: reshape,
    Slice: slice,
    Split: split,
    Squeeze: squeeze,
    Tile: tile,
    Transpose: transpose,
    Trilu: trilu,
    Unsqueeze: unsqueeze,
    Where: where,
  }),
)

/** Names of the ops that are computed as a model is read, where all that they read is known then. */
export const FOLDED_OPS: readonly string[] = [...FOLDS.keys(), 'If', 'Shape', 'Size'].toSorted()
