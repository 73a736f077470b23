export { QatNetwork, type QatNetworkOptions } from './network.ts'
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
} from './run.ts'
