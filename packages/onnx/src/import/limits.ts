/**
 * What Octet takes in, so that memory is never asked for by a file's word alone. Far above what small devices run,
 * and what 24 GiB hold: batches multiply samples.
 */

/** Nodes, weights and descriptions of tensors in a file: each is an object of some hundred bytes once it is decoded. */
export const MOST_ENTRIES: number = 500_000
/** Nodes that the output depends on. */
export const MOST_NODES = 10_000
/** Weights of all nodes, those that several read counted for each: each layer gets its own. */
export const MOST_WEIGHTS: number = 2 ** 30
/** Elements of one tensor, for one sample. */
export const MOST_ELEMENTS: number = 2 ** 25
/** Dimensions of one sample. */
export const MOST_DIMENSIONS = 7
/** A kernel, stride, pad or dilation. */
export const LARGEST_WINDOW = 65_535
/** A whole number among attributes: sizes, axes and flags are far below. */
export const LARGEST_INT: number = 2 ** 31 - 1
