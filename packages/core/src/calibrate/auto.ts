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

/** All that do not depend on the order of the data, so that the choice does not either. The first wins a tie. */
const CANDIDATES: readonly Calibrator[] = [
  minmax,
  percentile(99.999),
  percentile(99.99),
  percentile(99.9),
  mse,
  histogramL2,
  entropy,
]

/** Parts of the samples that are held out in turn. */
const PARTS = 4

/** Which strategy suits one tensor, and why. */
export interface CalibrationChoice {
  /** A calibrator's id. */
  readonly calibration: string
  /**
   * False when there are too few distinct samples to hold any out: strategies are then judged on what they have seen.
   */
  readonly heldOut: boolean
  /**
   * The candidates' SQNR on the values they are judged by, in dB; null where one leaves no error, or there is no
   * signal. A candidate whose range is wider than float32 can say is left out.
   */
  readonly evidence: readonly { readonly calibration: string; readonly sqnrDb: number | null }[]
}

/**
 * The strategy of least expected squared error on samples it has not seen: of four parts of the samples each is held
 * out in turn, the strategies find their ranges on the rest, and their errors (`expectedError`) on what was held out
 * are summed. Found once for each observation and grid.
 * @throws OctetError when no finite value was observed.
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
      // Such a range has no scale, so the strategy is no choice.
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

/** The parts in turn, without those that leave nothing to hold out or to see. */
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

/** Per tensor the strategy that `chooseCalibration` finds, its range then taken from all the samples. */
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
