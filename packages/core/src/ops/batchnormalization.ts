import type { NodeOf } from './spec.ts'
import type { GraphOp } from './record.ts'

/** Inputs: x, scale [C], B [C], mean [C], var [C]. */
export type BatchNormalizationNode = NodeOf<'BatchNormalization', { readonly epsilon: number }>

/** It is folded into the layers beside it, so a canonical graph has none. */
export const BatchNormalization: GraphOp<BatchNormalizationNode> = { shape: (_, [x]) => x }
