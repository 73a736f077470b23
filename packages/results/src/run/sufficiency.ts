import type { CurvePoint, Sufficiency as Verdict } from '@octet/core'
import * as v from 'valibot'
import { count, type Described, finite, interval, positive, record, schemaOf, text } from './field.ts'

/** A figure, and its 95% interval over other calibration sets of that size. */
const SpreadSchema = v.nullable(record({ value: finite, ci95: interval }))

/** The quality of one calibration strategy by the number of samples, and the number that is enough. */
export const SufficiencySchema = record({
  /** The id of the workload. */
  workload: text,
  /** The id of the strategy. */
  calibration: text,
  /** The number of all calibration samples. */
  calibrationSamples: count,
  /** The number of draws of each size except the whole. */
  draws: count,
  /** The samples on which every model was judged. */
  judged: record({ samples: count, of: v.picklist(['evaluation', 'calibration']) }),
  /** The figure in which doubt is counted: the loss of the task, or the SQNR of the output in dB. */
  figure: v.picklist(['loss', 'sqnrDb']),
  /** The largest doubt that is still enough, in that figure. */
  maxDoubt: positive,
  /** The points by size, ascending. The last point has all the samples. */
  points: v.array(
    schemaOf<CurvePoint>()(record({ samples: count, sqnrDb: SpreadSchema, loss: SpreadSchema })),
  ),
  /** Absent if a draw left no such figure. */
  sufficiency: v.exactOptional(
    schemaOf<Verdict>()(
      record({
        enough: v.nullable(count),
        doubt: finite,
        doubts: v.array(record({ samples: count, doubt: finite })),
      }),
    ),
  ),
})
export type Sufficiency = Described<typeof SufficiencySchema>
