export { accountFor, expectedError, type ExpectedError, type QuantizationAccount } from './account.ts'
export { chooseCalibration, type CalibrationChoice } from './auto.ts'
export { AVERAGING_CONSTANT, movingAverage, type MovingAverage } from './averaging.ts'
export {
  CALIBRATION_COSTS,
  type Calibrator,
  type CalibratorFamily,
  type CalibratorTraits,
} from './calibrator.ts'
export { FakeQuantizer } from './fake-quantizer.ts'
export { foldOf, FOLDS, type Fold } from './fold.ts'
export type { BinRange } from './histogram-l2.ts'
export {
  forEachBin,
  mergeHistograms,
  outline,
  widenHistogram,
  type EqualBins,
  type Histogram,
  type Octave,
} from './histogram.ts'
export { fromFolds, mergeObservations, type NonFiniteCounts, type Observation } from './observation.ts'
export { Observer } from './observer.ts'
export { blockRangesOf, rangesOf } from './range.ts'
export { calibrator, CALIBRATIONS, CALIBRATIONS_IN_WORDS, CALIBRATORS, findCalibrator } from './registry.ts'
export { TorchHistogram } from './torch-histogram.ts'
export type { WeightedValues } from './shrink.ts'
