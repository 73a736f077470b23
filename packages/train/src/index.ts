export { GraphBuilder } from './build.ts'
export { evaluate, type Evaluation } from './evaluate.ts'
export type { Distillation } from './loss/loss.ts'
export { LOSSES } from './loss/losses.ts'
export { Network, type Parameter, type Trainable } from './network.ts'
export type { AdamOptions, OptimizerOptions, SgdOptions } from './optimizer.ts'
export { QatNetwork, type QatNetworkOptions } from './qat/network.ts'
export {
  qat,
  QatRun,
  type QatCheckpoint,
  type QatHooks,
  type QatOptions,
  type QatProgress,
  type QatResult,
  type QatTask,
  type Validation,
} from './qat/run.ts'
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
