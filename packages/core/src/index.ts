export { OctetError } from './error.ts'
export { inert, inertJson, inertLines, markdownCode } from './inert.ts'

export { allocate, bytesPerElement, viewAs, type DataOf, type DType } from './tensor/dtype.ts'
export { elements, sameShape, tensor, type Shape, type Tensor } from './tensor/tensor.ts'

export { channelPastInt32, LARGEST_SUM } from './numerics/accumulator.ts'
export { Adam, type AdamRates, type Moved } from './numerics/adam.ts'
export { fromBfloat16, toBfloat16 } from './numerics/bfloat16.ts'
export { fakeQuantize, type FakeQuantized } from './numerics/fake-quantize.ts'
export {
  fixedPointMultiplier,
  multiplyByFixedPoint,
  type FixedPointMultiplier,
  type FixedPointRounding,
} from './numerics/fixed-point.ts'
export { float16ToNumber, fromFloat16, roundToFloat16, toFloat16 } from './numerics/float16.ts'
export { fromFloat8, toFloat8, type Float8Format } from './numerics/float8.ts'
export { packInt4, unpackInt4, unpackUint4 } from './numerics/int4.ts'
export {
  learnedStepFactor,
  learnedStepGradients,
  type LearnedGrid,
  type LearnedStepGradients,
} from './numerics/learned-step.ts'
export {
  FLOAT_PRECISIONS,
  GRID_PRECISIONS,
  isOnGrid,
  KERNEL_PRECISION,
  KERNEL_PRECISIONS,
  kernelPrecisionName,
  kernelPrecisionOf,
  PRECISION,
  PRECISIONS,
  type FloatPrecision,
  type GridPrecision,
  type KernelPrecision,
  type NumberFormat,
  type Precision,
  type WeightedPrecision,
} from './numerics/precision.ts'
export {
  AFFINE_INT8,
  integerLimits,
  isTooWide,
  qparamsFromRange,
  qparamsPerBlock,
  qparamsPerChannel,
  SYMMETRIC_INT8,
  TORCH_SCALE_FLOOR,
  type IntegerLimits,
  type QParams,
  type QParamsOptions,
  type QuantScheme,
  type Range,
  type ScaleBy,
} from './numerics/qparams.ts'
export { divisionThresholds } from './numerics/thresholds.ts'
export { dequantize, forEachScale, quantize, type IntegerDType } from './numerics/quantize.ts'
export { quantizeBias, requantize, requantizeMultiplier } from './numerics/requantize.ts'
export { rint } from './numerics/rint.ts'

export { keepsGrid, kernelOp, layerOp, type LayerNode, type Node, type OpSpec } from './ops/list.ts'
export type { Draw, QuantizedWeights } from './ops/record.ts'
export {
  expectConstants,
  NO_PADS,
  precisionOf,
  type Clamp,
  type Constants,
  type ConstantsKind,
  type NodeOf,
  type Pads,
  type Pair,
  type TensorSpec,
  type WeightTraits,
  type Window,
} from './ops/spec.ts'
export type { Timing } from './kernel/timing.ts'
export type { CompiledPart, CompiledProgram, ListedStep, StepList } from './kernel/compiled.ts'
export { EXACT_CONTRACT, type ExactKernels, type ExactPackage } from './kernel/exact.ts'
export { bytesOf, macsOf, sumsPastInt32 } from './ops/work.ts'
export { windowOutput } from './ops/window.ts'
export { bracketed, fail, listed, nameOf, quoted } from './ops/message.ts'
export type { BatchNormalizationNode } from './ops/batchnormalization.ts'
export type { ClipNode, ClipSpec, ReluNode } from './ops/clip.ts'
export type { ConcatNode, ConcatSpec } from './ops/concat.ts'
export type { ConvNode, ConvSpec } from './ops/conv/conv.ts'
export type { DequantizeLinearSpec } from './ops/dequantizelinear.ts'
export type { GemmNode, GemmSpec } from './ops/gemm.ts'
export type { MatMulNode, MatMulSpec } from './ops/matmul.ts'
export type { DepthToSpaceNode, SpaceToDepthNode } from './ops/move/blocks.ts'
export type { ExpandNode } from './ops/move/expand.ts'
export type { GatherNode } from './ops/move/gather.ts'
export type { MoveConstants, MoveSpec } from './ops/move/move.ts'
export type { PadMode, PadNode } from './ops/move/pad.ts'
export type { NearestMode, ResizeNode } from './ops/move/resize.ts'
export type { CoordinateMode } from './ops/move/coordinates.ts'
export type { SliceNode } from './ops/move/slice.ts'
export type { TransposeNode } from './ops/move/transpose.ts'
export { originalPlace } from './ops/move/coordinates.ts'
export type { NormalizeSpec } from './ops/normalize.ts'
export { meeting } from './ops/pair/broadcast.ts'
export type { PairNode, PairSpec } from './ops/pair/pair.ts'
export type { AveragePoolNode, AveragePoolSpec, GlobalAveragePoolNode } from './ops/pool/averagepool.ts'
export type { MaxPoolNode, MaxPoolSpec } from './ops/pool/maxpool.ts'
export type { QuantizeLinearSpec } from './ops/quantizelinear.ts'
export type { FlattenNode, ReshapeNode, ReshapeSpec } from './ops/reshape.ts'
export type { LogSoftmaxNode, SoftmaxNode, SoftmaxSpec } from './ops/softmax.ts'
export { activationOf, type ActivationSpec, type UnaryNode } from './ops/unary/unary.ts'
export type { ArgMaxNode, ArgMaxSpec } from './ops/argmax.ts'
export type { WhereNode, WhereSpec } from './ops/where.ts'
export type { LayerNormalizationNode, LayerNormalizationSpec } from './ops/layernormalization.ts'

export {
  CONTRACT,
  FUSED,
  isDevice,
  type Check,
  type DeviceInfo,
  type DeviceTensor,
  type Host,
  type KernelDevice,
  type KernelPackage,
  type Peak,
  type PreparedOp,
  type Step,
  type Tuned,
  type Unavailable,
} from './kernel/contract.ts'
export { overlay } from './kernel/overlay.ts'
export { openReference, referencePackage } from './reference/device.ts'

export {
  largestBatch,
  sampleInputs,
  yieldedBy,
  type Graph,
  type State,
  type ValueInfo,
} from './model/graph.ts'
export { inferShapes, outputShape } from './model/shapes.ts'
export { flattenSoftmax } from './model/canonical/softmax.ts'
export { activationNames, Names } from './model/names.ts'
export { countUses, nodesFor } from './model/reads.ts'
export { hasIntegers, modelOf, type Layer, type Model } from './model/layers.ts'
export type { Normalizer } from './model/normalizer.ts'
export { isWeighted, weightsOf, withWeights, type WeightedLayer, type Weights } from './model/weights.ts'
export {
  activationScheme,
  GRANULARITIES,
  LAYER_PRECISIONS,
  SCHEMES,
  sumsOf,
  WEIGHT_BITS,
  weightScheme,
  type FloatModel,
  type Granularity,
  type Grid,
  type Grids,
  type LayerPrecision,
  type MixedModel,
  type PtqConfiguration,
  type QuantizedModel,
} from './model/quantized.ts'
export {
  combined,
  NO_TRANSFORMS,
  TRANSFORM,
  TRANSFORMS,
  type Transform,
  type Transforms,
} from './model/transforms.ts'

export { fidelityOf, type OutputFidelity } from './task/fidelity.ts'
export { THRESHOLD, type Decision } from './task/decision.ts'
export { gain, type LabelledTask, type Labels, type ScoredTask, type Tally, type Task } from './task/task.ts'
export {
  isLabelled,
  SCORED_TASKS,
  TASK_IDS,
  TASK_NOUNS,
  TASKS,
  taskOfLabels,
  type LabelledTaskId,
  type ScoredTaskId,
  type TaskId,
  type TaskNoun,
} from './task/tasks.ts'
export { inUnit, named, withUnit, type Unit } from './task/unit.ts'

export { accountFor, type QuantizationAccount } from './calibrate/account.ts'
export { chooseCalibration, type CalibrationChoice } from './calibrate/auto.ts'
export { movingAverage, type MovingAverage } from './calibrate/averaging.ts'
export { CALIBRATION_COSTS, type Calibrator } from './calibrate/calibrator.ts'
export { stretchesOf, type RangeEnd, type RangeEnds, type Stretch } from './calibrate/ends.ts'
export { outline, type EqualBins, type Histogram } from './calibrate/histogram.ts'
export { mergeObservations, type Observation } from './calibrate/observation.ts'
export { foldOf } from './calibrate/fold.ts'
export { Observer } from './calibrate/observer.ts'
export { blockRangesOf, rangesOf } from './calibrate/range.ts'
export { calibrator, CALIBRATIONS, CALIBRATIONS_IN_WORDS, findCalibrator } from './calibrate/registry.ts'
export { SAVED } from './calibrate/saved.ts'
export type { WeightedValues } from './calibrate/shrink.ts'

export { evaluate } from './execute/evaluate.ts'
export { clampOn } from './execute/integer.ts'
export { load } from './execute/load.ts'
export { tunePrograms } from './execute/tune.ts'
export type { Execution, ExecutionMemory, Span, StageTimes } from './execute/execution.ts'
export { planStorage, type Lifetime } from './execute/plan.ts'
export { lower, type LowerOptions } from './execute/lower.ts'
export { observe } from './execute/observe.ts'
export {
  countOf,
  listOf,
  macsOfProgram,
  storedBytesOf,
  programKey,
  tensorsOf,
  type Program,
  type ProgramStep,
  type Samples,
} from './execute/program.ts'
export { Carried } from './execute/carried.ts'
export { answerOf, trace, type TracedStep } from './execute/trace.ts'
export { compareFakeQuantized, type GridAgreement } from './execute/fake-quantized.ts'

export { Calibration, type Calibrated } from './quantize/calibration.ts'
export { ptq } from './quantize/ptq.ts'
export { withRoom, type Surroundings } from './quantize/room.ts'
export { quantizeWeights, weightGrid } from './quantize/weights.ts'

export { auditFp16, type Fp16Account } from './audit/fp16.ts'

export { diagnose, type DiagnoseOptions, type Observed } from './diagnose/diagnose.ts'
export type { CalibrationFinding } from './diagnose/finding.ts'
export { quantizationHealth, type QuantizationHealth } from './diagnose/health.ts'
export { scaleInterval, scaleIntervals, type ScaleInterval } from './diagnose/interval.ts'
export { raisedScales } from './diagnose/raised-scale.ts'
export { SensorObserver, type SensorObservation } from './diagnose/sensor.ts'
export { distributionShift, observedShift, type DistributionShift } from './diagnose/shift.ts'

export { weightBytesOf, type Cost } from './sensitivity/cost.ts'
export {
  referenceEvaluator,
  type Evaluate,
  type Evaluation,
  type EvaluationBatch,
} from './sensitivity/evaluate.ts'
export { sqnrDb } from './sensitivity/fidelity.ts'
export { assignedLayers, mix, uniform, type Assignment, type Candidates } from './sensitivity/mix.ts'
export { plan, type Plan, type PlannedModel, type PlanOptions } from './sensitivity/plan.ts'
export { sensitivityOf, type LayerSensitivity, type Sensitivity } from './sensitivity/sensitivity.ts'

export {
  calibrationCurve,
  type CurveFigures,
  type CurveOptions,
  type CurveSubject,
  type CalibrationCurve,
} from './sufficiency/curve.ts'
export { FEWEST_DRAWN, MOST_DRAWS, sizesOf } from './sufficiency/draw.ts'
export { sufficiencyOf, type CurvePoint, type Spread, type Sufficiency } from './sufficiency/spread.ts'
