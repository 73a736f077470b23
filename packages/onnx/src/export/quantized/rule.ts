import type { TargetId } from './targets.ts'
import type { GraphView } from './view.ts'

/** A rule of quantized graphs in ONNX. */
export interface Rule {
  readonly id: string
  /** Where the rule was read, or how it was measured. */
  readonly source: string
  /** The targets that ask for it; all where they are left out. */
  readonly targets?: readonly TargetId[]
  /** Its violations, one line each, with the nodes' names. */
  broken(view: GraphView): readonly string[]
}
