import type { CurvePoint, Sufficiency as Verdict } from '@octet/core'
import * as v from 'valibot'
import { count, type Described, finite, interval, positive, record, schemaOf, text } from './field.ts'

/** A figure, and where another calibration set of that size would put it with 95% confidence. */
const SpreadSchema = v.nullable(record({ value: finite, ci95: interval }))

/** How good one strategy of calibration is from how many samples, and how many are enough. */
export const SufficiencySchema = record({
  workload: text,
  /** Id of the strategy. */
  calibration: text,
  calibrationSamples: count,
  /** Times that each size but the whole was drawn. */
  draws: count,
  /** The samples that every model was judged on. */
  judged: record({ samples: count, of: v.picklist(['evaluation', 'calibration']) }),
  /** The figure that doubt is counted in: the loss of the task, or the SQNR of the output in dB. */
  figure: v.picklist(['loss', 'sqnrDb']),
  /** The most doubt that is called enough, in that figure. */
  maxDoubt: positive,
  /** By size, ascending; the last is of all the samples. */
  points: v.array(
    schemaOf<CurvePoint>()(record({ samples: count, sqnrDb: SpreadSchema, loss: SpreadSchema })),
  ),
  /** Absent where a draw left no such figure. */
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
