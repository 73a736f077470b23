/**
 * Limits on a model, so that a small file cannot make Octet use much memory. They are far above the models for small
 * devices. A model within them fits in 24 GiB. A batch multiplies the memory of a sample.
 */

/** Nodes, weights and descriptions of tensors in a file. Each becomes an object of a few hundred bytes. */
export const MOST_ENTRIES: number = 500_000
/** Nested graphs, such as the branches of If. */
export const DEEPEST_GRAPH = 8
/** Nodes that the output depends on. */
export const MOST_NODES = 10_000
/** Weights of all nodes. Each layer has its own copy, so weights that several nodes read count once per node. */
export const MOST_WEIGHTS: number = 2 ** 30
/** Numbers in all constants that are computed while a model is read. */
export const MOST_MADE: number = 2 ** 28
/** Elements of one tensor, for one sample. */
export const MOST_ELEMENTS: number = 2 ** 25
/** Dimensions of one sample. */
export const MOST_DIMENSIONS = 7
/** The largest kernel, stride, pad or dilation. */
export const LARGEST_WINDOW = 65_535
/** The largest whole number among attributes. Sizes, axes and flags are far smaller. */
export const LARGEST_INT: number = 2 ** 31 - 1
