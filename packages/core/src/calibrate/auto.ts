import { isTooWide, qparamsFromRange, type QuantScheme } from '../numerics/qparams.ts'
import { expectedError, sqnrDb } from './account.ts'
import { observedRange, type Calibrator } from './calibrator.ts'
import { entropy } from './entropy.ts'
import { FOLDS } from './fold.ts'
import { histogramL2 } from './histogram-l2.ts'
import { kept } from './kept.ts'
import { minmax } from './minmax.ts'
import { mse } from './mse.ts'
import { fromFolds, type Observation } from './observation.ts'
import { percentile } from './percentile.ts'

/**
 * All calibrators that do not depend on the order of the data, so the choice does not depend on it either. The first
 * wins a tie.
 */
const CANDIDATES: readonly Calibrator[] = [
  minmax,
  percentile(99.999),
  percentile(99.99),
  percentile(99.9),
  mse,
  histogramL2,
  entropy,
]

/** The samples are split into this many parts; each part is held out in turn. */
const PARTS = 4

/** The strategy that suits one tensor, and the evidence for it. */
export interface CalibrationChoice {
  /** A calibrator's id. */
  readonly calibration: string
  /**
   * False if there are too few distinct samples to hold any out. Strategies are then judged on the samples that they
   * used.
   */
  readonly heldOut: boolean
  /**
   * The SQNR of each candidate on held-out values, in dB; null if a candidate leaves no error or there is no signal. A
   * candidate is left out if its range is wider than float32 can hold.
   */
  readonly evidence: readonly { readonly calibration: string; readonly sqnrDb: number | null }[]
}

/**
 * The strategy with the least expected squared error on samples that it has not seen. The samples are split into four
 * parts, and each part is held out in turn. The strategies find their ranges on the rest, and their errors
 * (`expectedError`) on the held-out parts are summed. The result is computed once for each observation and grid.
 * @throws OctetError if no finite value was observed.
 */
export function chooseCalibration(observation: Observation, scheme: QuantScheme): CalibrationChoice {
  return choiceOf(observation, scheme)
}

const choiceOf = kept((observation, scheme): CalibrationChoice => {
  observedRange(observation)
  const splits = splitsOf(observation)
  const heldOut = splits.length > 0
  if (!heldOut) splits.push({ seen: observation, held: observation })
  const evidence = CANDIDATES.flatMap((candidate) => {
    let [signal, rounding, clipping] = [0, 0, 0]
    for (const { seen, held } of splits) {
      const range = candidate.range(seen, scheme)
      // Such a range has no scale, so the strategy cannot be chosen.
      if (isTooWide(range, scheme)) return []
      const error = expectedError(held, qparamsFromRange(range, scheme))
      signal += error.signal
      rounding += error.rounding
      clipping += error.clipping
    }
    return [{ calibration: candidate.id, sqnrDb: sqnrDb({ signal, rounding, clipping }) }]
  })
  let best = evidence[0] ?? { calibration: CANDIDATES[0].id, sqnrDb: null }
  for (const one of evidence) if ((one.sqnrDb ?? Infinity) > (best.sqnrDb ?? Infinity)) best = one
  return { calibration: best.calibration, heldOut, evidence }
})

interface Split {
  readonly seen: Observation
  readonly held: Observation
}

/** The splits in turn, except splits whose held-out part or rest is empty. */
function splitsOf(observation: Observation): Split[] {
  const folds = Array.from({ length: FOLDS }, (_, fold) => fold)
  const splits = Array.from({ length: PARTS }, (_, part) => ({
    seen: fromFolds(
      observation,
      folds.filter((fold) => fold % PARTS !== part),
    ),
    held: fromFolds(
      observation,
      folds.filter((fold) => fold % PARTS === part),
    ),
  }))
  return splits.filter(({ seen, held }) => seen.count > 0 && held.count > 0)
}

/** For each tensor, the strategy that `chooseCalibration` finds. The range then comes from all the samples. */
export const auto: Calibrator = {
  id: 'auto',
  traits: {
    summary:
      'per tensor, the strategy with the least squared error on held-out samples; the evidence is kept',
    cost: 'trials',
    dependsOnOrder: false,
    sweep: ['auto'],
  },
  choose: (observation, scheme) => chooseCalibration(observation, scheme).calibration,
  range: (observation, scheme) => {
    const { calibration } = chooseCalibration(observation, scheme)
    return CANDIDATES.find(({ id }) => id === calibration)!.range(observation, scheme)
  },
}
