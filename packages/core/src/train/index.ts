export { GraphBuilder } from './build.ts'
export { evaluate, type Evaluation } from './evaluate.ts'
export { Network, type Parameter, type Trainable } from './network.ts'
export { softmaxCrossEntropy, UNLABELLED, type Distillation, type Score } from './loss.ts'
export type { AdamOptions, OptimizerOptions, SgdOptions } from './optimizer.ts'
export type { Mode, Value } from './operator.ts'
export { Random } from './random.ts'
export type { TrainingData } from './samples.ts'
export type { Schedule } from './schedule.ts'
export {
  train,
  Trainer,
  type Checkpoint,
  type EpochReport,
  type History,
  type StepReport,
  type TrainHooks,
  type TrainOptions,
} from './trainer.ts'
export { computeProductsBy } from './kernels.ts'
