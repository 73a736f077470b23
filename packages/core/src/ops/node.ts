export type Pair = readonly [number, number]
/** Top, left, bottom, right. */
export type Pads = readonly [number, number, number, number]

/** Zero padding on every side. */
export const NO_PADS: Pads = [0, 0, 0, 0]

/** A 2-D sliding window, as ONNX has it for Conv and the pools. */
export interface Window {
  readonly kernel: Pair
  readonly strides: Pair
  readonly pads: Pads
  readonly dilations: Pair
}

/** One ONNX operator of a graph. */
export interface NodeOf<Op extends string, Attributes = null> {
  readonly op: Op
  readonly name: string
  /** Tensor names; optional ONNX inputs that are absent at the end are left out. */
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes: Attributes
}
