import { elements, type Labels, OctetError, type Samples as Inputs, type Tensor } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { inputsAt, labelsAt, select, type Readings, type Samples } from '@octet/workloads'

/** Evaluation samples in batches of one size. The last batch is filled up with zeros. */
export interface Evaluation {
  readonly samples: number
  readonly batchSize: number
  readonly batches: number
  readonly labels: Labels
  /** The indices of these samples among the workload's evaluation samples, ascending. */
  readonly rows: Int32Array
  /** Raw samples [batchSize, ...]. */
  batch(index: number): Inputs
  /** The raw sample [1, ...] at a place in `rows`. */
  sample(place: number): Inputs
  /** The same sample as it is stored, one tensor for each input. */
  stored(place: number): readonly Tensor[]
}

/**
 * At most `most` samples, in their own order: all of them, or a selection without repetition that the seed decides. For
 * a stream, the first samples, because each sample continues the sample before.
 * @throws OctetError if there are no samples, or if a chosen sample holds NaN or an infinity.
 */
export function chooseRows({ x }: Readings, most: number, seed: number, isStream = false): Int32Array {
  const [count] = x.shape
  if (count === 0) throw new OctetError('the evaluation set is empty', 'give at least one sample')
  const rows = isStream ? firstRows(Math.min(count, most)) : drawn(count, most, seed)
  const size = elements(x.shape.slice(1))
  if (x.dtype === 'float32')
    for (const row of rows) {
      const at = x.data.subarray(row * size, (row + 1) * size).findIndex((value) => !Number.isFinite(value))
      if (at >= 0)
        throw new OctetError(
          `evaluation sample ${row} holds ${x.data[row * size + at]} at ${at}`,
          'remove the sample or repair the sensor data',
        )
    }
  return rows
}

/** The chosen rows in batches. */
export function evaluationOf(samples: Samples, rows: Int32Array, batchSize: number): Evaluation {
  return {
    samples: rows.length,
    batchSize,
    batches: Math.ceil(rows.length / batchSize),
    labels: labelsAt(samples, rows),
    rows,
    batch: (index) => inputsAt(samples, rows.subarray(index * batchSize, (index + 1) * batchSize), batchSize),
    sample: (place) => inputsAt(samples, rows.subarray(place, place + 1), 1),
    stored: (place) => {
      const { x, more = [] } = select(samples, rows.subarray(place, place + 1))
      return [x, ...more]
    },
  }
}

/** All rows, or the first `count` of a seeded shuffle, in ascending order. */
function drawn(length: number, count: number, seed: number): Int32Array {
  const rows = firstRows(length)
  if (length <= count) return rows
  new Random(seed).shuffle(rows)
  return rows.subarray(0, count).sort()
}

function firstRows(length: number): Int32Array {
  return Int32Array.from({ length }, (_, row) => row)
}
