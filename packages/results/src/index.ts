export {
  DeviceInfoSchema,
  joinAdapters,
  type Machine,
  type MachineDifference,
  machineDifferences,
  machineFacts,
  MachineSchema,
} from './run/machine.ts'
export {
  type Cell,
  CellSchema,
  type Energy,
  type Latency,
  LatencySchema,
  MeasuredEnergySchema,
  type Memory,
  MemorySchema,
  ramOf,
  type TaskScore,
} from './run/cell.ts'
export {
  type CalibratedRange,
  type CalibrationEvidence,
  type SampleStretch,
  type Fp16Audit,
  HISTOGRAM_BINS,
  type Layer,
  LayerSchema,
  type Shift,
} from './run/layer.ts'
export {
  type DevicePeak,
  DevicePeakSchema,
  type KernelResult,
  KernelResultSchema,
  type NotTimed,
  type Peer,
} from './run/kernel.ts'
export { MOST_CHANNELS, type Network, type NetworkLayer, NetworkSchema } from './run/network.ts'
export { type Profile, ProfileSchema } from './run/profile.ts'
export { type Sufficiency, SufficiencySchema } from './run/sufficiency.ts'
export { sufficiencyInWords } from './judge/words/sufficiency.ts'
export { STAGES } from './judge/words/stages.ts'
export { type ModelRace, ModelRaceSchema, type ModelTime } from './run/model-race.ts'
export { type Finding, FindingSchema } from './run/finding.ts'
export { parseTraining, type Training, TrainingSchema } from './run/training.ts'
export { recoveryOf, type Recovery } from './run/recovery.ts'
export {
  parseRun,
  type Run,
  type RunInfo,
  RunStartSchema,
  SCHEMA,
  type WorkloadInfo,
  WorkloadInfoSchema,
} from './run/run.ts'
export { faultIn, parse } from './run/parse.ts'
export {
  cellKey,
  type Configuration,
  configurationKey,
  configurationName,
  formatName,
  LAYER_PRECISION_NAMES,
  layersInWords,
  type MadeConfiguration,
  type PlannedConfiguration,
  precisionName,
  type QuantizedConfiguration,
  type Storage,
  transformsOf,
} from './run/configuration.ts'
export type { Described } from './run/field.ts'
export { mergeRuns } from './run/merge.ts'
export { BOARD_IDS, type Board, type BoardId, BOARDS } from './board/boards.ts'
export { leaveOneOutRange, profileOf, publishedLatency } from './board/profile.ts'
export { withIdeal } from './board/ideal.ts'
export { boardsOf, onBoard } from './board/place.ts'
export { equalRuns } from './judge/compare/history.ts'
export {
  boardGoals,
  type Budget,
  BUDGETS,
  energyOf,
  maxLossOf,
  meetsGoals,
  type Goals,
  type Standing,
} from './judge/goals.ts'
export { boardNotes, energyInWords } from './judge/words/energy.ts'
export type { Choice, Common, Recommendation, Unshown } from './judge/choice.ts'
export type { Reason } from './judge/rank.ts'
export { recommend, recommendationLines } from './judge/recommend.ts'
export { setbacksFirst } from './judge/setback.ts'
export { compareRuns } from './judge/compare/compare.ts'
export type { Comparison, Difference, Part, Verdict } from './judge/compare/comparison.ts'
