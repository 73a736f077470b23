import { BUDGETS, type Goals, MIN_SQNR_DB } from '../goals.ts'
import { points } from './figures.ts'

/** Goals as `1.00 points of FP32, 20000 bytes`; for a model without an accuracy as `30 dB of SQNR, 20000 bytes`. */
export function goalsInWords(goals: Goals, accurate: boolean): string {
  const { maxDrop, minSqnrDb = accurate ? undefined : MIN_SQNR_DB } = goals
  return [
    ...(accurate ? [`${points(maxDrop)} of FP32`] : []),
    ...(minSqnrDb === undefined ? [] : [`${minSqnrDb} dB of SQNR`]),
    ...BUDGETS.flatMap(({ limit, inWords }) => {
      const most = limit(goals)
      return most === undefined ? [] : [inWords(most)]
    }),
  ].join(', ')
}
