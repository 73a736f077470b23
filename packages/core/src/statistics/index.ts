export { now, timed } from './clock.ts'
export { FEWEST_SAMPLES, type Interval, mad, median, medianInterval } from './median.ts'
export type { MeasuredLoss } from './proportion.ts'
export { Random } from './random.ts'
export { MINIMUM_EFFECT, pairedRatio, type Ratio, speedVerdict } from './ratio.ts'
export {
  affordableRounds,
  type Contender,
  copiesWithin,
  type Effort,
  interleave,
  inTurn,
  race,
  repeatsWithin,
  warmUp,
} from './rounds.ts'
export { meanInterval, studentTail } from './student.ts'
