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
 * The folders of ONNX ops on constants, which are computed while a model is read: ops that move numbers of any type,
 * and ops on whole numbers. Core's own ops compute the rest, which is arithmetic of floats.
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

/** Names of the ops that are computed while a model is read, if all their inputs are known then. */
export const FOLDED_OPS: readonly string[] = [...FOLDS.keys(), 'If', 'Shape', 'Size'].toSorted()
