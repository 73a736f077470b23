export * from './error.ts'
export * from './inert.ts'
export * from './tensor/dtype.ts'
export * from './tensor/tensor.ts'
export * from './numerics/index.ts'
export * from './calibrate/index.ts'
export * from './diagnose/index.ts'
export type { Graph, ValueInfo } from './model/graph.ts'
export { inferShapes, outputShape } from './model/shapes.ts'
export * from './model/canonical/canonicalize.ts'
export { flattenSoftmax } from './model/canonical/softmax.ts'
export { bracketed, listed, nameOf, quoted, fail } from './ops/message.ts'
export { type Node, type LayerNode, layerOp, type OpSpec } from './ops/list.ts'
export {
  NO_PADS,
  type NodeOf,
  type Pads,
  type Pair,
  type Window,
  type Clamp,
  type Constants,
  type ConstantsKind,
  type Precision,
  precisionOf,
  type TensorSpec,
  type WeightTraits,
  expectConstants,
} from './ops/spec.ts'
export type { Draw, QuantizedWeights } from './ops/record.ts'
export { bytesOf, drawConstants, macsOf, precisionsOf, sumsPastInt32 } from './ops/work.ts'
export { windowOutput } from './ops/window.ts'
export type { BatchNormalizationNode } from './ops/batchnormalization.ts'
export type { ClipNode, ClipSpec, ReluNode } from './ops/clip.ts'
export type { ConcatNode, ConcatSpec } from './ops/concat.ts'
export type { ConvNode, ConvSpec } from './ops/conv/conv.ts'
export type { DequantizeLinearSpec } from './ops/dequantizelinear.ts'
export type { GemmNode, GemmSpec } from './ops/gemm/gemm.ts'
export type { MatMulNode, MatMulSpec } from './ops/matmul.ts'
export type { NormalizeSpec } from './ops/normalize.ts'
export type { AddNode, AddSpec, MulNode, MulSpec } from './ops/pair/pair.ts'
export type { AveragePoolNode, AveragePoolSpec, GlobalAveragePoolNode } from './ops/pool/averagepool.ts'
export type { MaxPoolNode, MaxPoolSpec } from './ops/pool/maxpool.ts'
export type { QuantizeLinearSpec } from './ops/quantizelinear.ts'
export type { FlattenNode, ReshapeNode, ReshapeSpec } from './ops/reshape.ts'
export type { SoftmaxNode, SoftmaxSpec } from './ops/softmax.ts'
export {
  activationOf,
  type ActivationSpec,
  type HardSigmoidNode,
  type HardSwishNode,
  type SigmoidNode,
} from './ops/unary.ts'
export { activationNames, Names } from './model/names.ts'
export { countUses } from './model/reads.ts'
export * from './model/layers.ts'
export * from './model/normalizer.ts'
export * from './model/weights.ts'
export * from './ptq/model.ts'
export * from './ptq/ptq.ts'
export * from './ptq/transforms.ts'
export { withRoom, type Surroundings } from './ptq/room.ts'
export { quantizeWeights, weightGrid } from './ptq/weights.ts'
export * from './ptq/equalize.ts'
export * from './ptq/absorb.ts'
export * from './ptq/adaround.ts'
export * from './ptq/calibration.ts'
export * from './kernel/contract.ts'
export { overlay } from './kernel/overlay.ts'
export * from './audit/fp16.ts'
export type { Share } from './audit/share.ts'
export * from './sensitivity/cost.ts'
export * from './sensitivity/evaluate.ts'
export * from './sensitivity/fidelity.ts'
export * from './sensitivity/mix.ts'
export * from './sensitivity/plan.ts'
export * from './sensitivity/sensitivity.ts'
export { fidelityOf, type OutputFidelity } from './task/fidelity.ts'
export { gain, type LabelledTask, type Labels, type Tally, type Task } from './task/task.ts'
export { LABELLED_TASKS, type LabelledTaskId, type TaskId, type TaskNoun, TASKS } from './task/tasks.ts'
export { inUnit, named, type Unit, withUnit } from './task/unit.ts'
export * from './execute/program.ts'
export * from './execute/lower.ts'
export * from './execute/load.ts'
export * from './execute/observe.ts'
export { compareFakeQuantized, type GridAgreement } from './execute/fake-quantized.ts'
export * from './execute/trace.ts'
export { openReference, referencePackage } from './reference/device.ts'
