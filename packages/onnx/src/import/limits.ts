/**
 * Limits on a model, so that a small file cannot make Octet take much memory. They are far above the models that small
 * devices run, and a model within them fits 24 GiB; a batch multiplies the memory of a sample.
 */

/** Nodes, weights and descriptions of tensors in a file; each is an object of some hundred bytes once decoded. */
export const MOST_ENTRIES: number = 500_000
/** Graphs within graphs, as the branches of If are. */
export const DEEPEST_GRAPH = 8
/** Nodes that the output depends on. */
export const MOST_NODES = 10_000
/** Weights of all nodes. Each layer gets its own copy, so weights that several nodes read count for each. */
export const MOST_WEIGHTS: number = 2 ** 30
/** Numbers of all constants that are computed from others as a model is read. */
export const MOST_MADE: number = 2 ** 28
/** Elements of one tensor, for one sample. */
export const MOST_ELEMENTS: number = 2 ** 25
/** Dimensions of one sample. */
export const MOST_DIMENSIONS = 7
/** A kernel, stride, pad or dilation. */
export const LARGEST_WINDOW = 65_535
/** A whole number among attributes; sizes, axes and flags are far smaller. */
export const LARGEST_INT: number = 2 ** 31 - 1
