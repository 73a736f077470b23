import type { Shape } from '@octet/core'
import type { ReadExternal } from './external.ts'

/** The caller's settings for a model, in addition to its file. */
export interface ImportOptions {
  /** The graph's name. Default: the file's own. */
  readonly name?: string
  /** Reads a file of weights beside the model. Without it, such weights are refused. */
  readonly external?: ReadExternal
  /** Sizes of free axes, by their name in the file, or as `input:axis` if they have no name. */
  readonly dims?: ReadonlyMap<string, number>
  /** Values of inputs that become constants, by name. One number fills an input of any fixed shape. */
  readonly set?: ReadonlyMap<string, Fixed>
  /**
   * For a streaming model: by the name of an input, the output that becomes this input for the next sample. Free sizes
   * of the input are 1, and the graph takes one sample at a time.
   */
  readonly states?: ReadonlyMap<string, string>
  /** The tensor that the graph returns, from any node. Default: the model's own output. */
  readonly output?: string
  /** The shape of one sample of an input in its data. Axes that are otherwise free take these sizes. */
  readonly sampleOf?: (input: string) => Shape | undefined
  /** Receives one line about a choice of the import. */
  readonly note?: (line: string) => void
}

/** Numbers in row-major order. */
export interface Fixed {
  readonly shape: Shape
  readonly values: ArrayLike<number>
}
