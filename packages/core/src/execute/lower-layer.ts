import type { Layer } from '../model/layers.ts'
import { fail } from '../ops/message.ts'
import { layerOp, type OpSpec } from '../ops/list.ts'
import type { TensorSpec } from '../ops/spec.ts'
import { sumsPastInt32 } from '../ops/work.ts'
import type { Arithmetic } from './arithmetic.ts'
import type { ProgramStep } from './program.ts'

/** The spec of one layer, and its constants. */
export type Lowered = Pick<ProgramStep, 'spec' | 'constants'>

/**
 * The spec and the constants of a layer in one precision.
 * @throws OctetError naming a layer that has no lowering, or whose sums could leave int32.
 */
export function lowerLayer(
  layer: Layer,
  inputs: readonly TensorSpec[],
  output: TensorSpec,
  arithmetic: Arithmetic,
): Lowered {
  const { node } = layer
  const op = layerOp(node)
  const { fixedPoint } = arithmetic
  const spec = {
    ...op.spec(node, { inputs, output }),
    ...(op.weighted && arithmetic.weightTraits(layer)),
    ...(fixedPoint && op.clamp === 'fused' && { fixedPoint }),
  } as OpSpec
  const past = sumsPastInt32(spec)
  if (past !== undefined) fail(node, past, 'keep this layer in fp16 or fp32')
  return { spec, constants: arithmetic.constants(layer, spec) }
}
