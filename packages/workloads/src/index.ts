export { listWorkloads, missingData, type DataOptions } from './builtin/catalog.ts'
export { modelFolder } from './builtin/model.ts'
export { defaultCacheDir } from './cache.ts'
export { inFile, inFileAsync } from './file.ts'
export { examineModel, type ModelChoice } from './folder/model.ts'
export { withDelivered } from './folder/delivered.ts'
export { withoutNormalization } from './folder/metadata.ts'
export { readNormalization, type Normalization } from './folder/normalize.ts'
export { openBare, openCalibrated, openModel, TRAINED, type ModelFiles } from './folder/open.ts'
export type { Stated } from './folder/stated.ts'
export { saveFolder } from './folder/save.ts'
export { learningSamples, type Learning } from './learning.ts'
export { parseNpy } from './npy/read.ts'
export { formatNpy } from './npy/write.ts'
export type { NpyDType } from './npy/format.ts'
export { openWorkload } from './open.ts'
export { openQuantized } from './quantized/open.ts'
export { saveQuantized } from './quantized/save.ts'
export { saveTrained } from './recipes/save.ts'
export {
  trainWorkload,
  type TrainedWorkload,
  type TrainProgress,
  type TrainWorkloadOptions,
} from './recipes/train.ts'
export {
  batchOf,
  dtypeOf,
  isFiled,
  partsOf,
  inputsAt,
  labelsAt,
  select,
  sizeOf,
  type FiledReadings,
  type Readings,
  type Samples,
  type SensorDType,
} from './samples.ts'
export type {
  BareModel,
  CalibratedModel,
  Data,
  DeliveredModel,
  NormalizedBy,
  Recorded,
  Workload,
  WorkloadSummary,
} from './workload.ts'
export { lives, makeFolder, mendFor, removeLeftovers, WriteFault, writeFault, writeWhole } from './whole.ts'
