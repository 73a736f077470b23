import type { Shape } from '@octet/core'
import type { ReadExternal } from './external.ts'

/** The caller's settings for a model, beside its file. */
export interface ImportOptions {
  /** The graph's name; the file's own where it is left out. */
  readonly name?: string
  /** Reads a file of weights beside the model. Left out, such weights are refused. */
  readonly external?: ReadExternal
  /** Sizes of free axes, by their name in the file, or as `input:axis` where they have none. */
  readonly dims?: ReadonlyMap<string, number>
  /** Values of inputs that are constants, by name. One number fills an input of any fixed shape. */
  readonly set?: ReadonlyMap<string, Fixed>
  /**
   * Of a streaming model, by the name of an input: the output that becomes it for the next sample. Free sizes of the
   * input are 1, and the graph takes one sample at a time.
   */
  readonly states?: ReadonlyMap<string, string>
  /** The tensor that the graph yields, of any node; the model's own output where it is left out. */
  readonly output?: string
  /** The shape of one sample of an input, as its data has it: axes that are free otherwise take these sizes. */
  readonly sampleOf?: (input: string) => Shape | undefined
  /** Takes one line about a choice of the import. */
  readonly note?: (line: string) => void
}

/** Numbers in row-major order. */
export interface Fixed {
  readonly shape: Shape
  readonly values: ArrayLike<number>
}
