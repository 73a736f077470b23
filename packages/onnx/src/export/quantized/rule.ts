import type { TargetId } from './targets.ts'
import type { GraphView } from './view.ts'

/** A rule of quantized graphs in ONNX. */
export interface Rule {
  readonly id: string
  /** The text that states the rule, or the measurement that found it. */
  readonly source: string
  /** The targets with this rule. Default: all. */
  readonly targets?: readonly TargetId[]
  /** Its violations, one line each, with the nodes' names. */
  broken(view: GraphView): readonly string[]
}
