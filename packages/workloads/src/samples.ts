import { allocate, elements, tensor, type DType, type Tensor } from '@octet/core'

/** What raw sensor values are stored in. */
export type SensorDType = 'uint8' | 'int8' | 'float32'

/** Raw sensor values as the device delivers them, before normalization: x [N, ...shape]. */
export interface Readings {
  readonly x: Tensor<SensorDType>
}

/** Labelled readings: y [N], each an index into the workload's classes. */
export interface Samples extends Readings {
  readonly y: Int32Array
}

/** Samples [start, start + count), fewer at the end, widened to float32 and still raw. */
export function batchOf(readings: Readings, start: number, count: number): Tensor<'float32'> {
  const { shape, data } = readings.x
  const size = elements(shape.slice(1))
  const end = Math.min(start + count, shape[0])
  return tensor(
    'float32',
    [end - start, ...shape.slice(1)],
    Float32Array.from(data.subarray(start * size, end * size)),
  )
}

/** The given rows, in the given order, copied: the source can be let go. */
export function select(samples: Samples, rows: Int32Array): Samples {
  return { ...selectReadings(samples, rows), y: Int32Array.from(rows, (row) => samples.y[row]) }
}

/** The given rows of readings without labels, in the given order, copied. */
export function selectReadings(readings: Readings, rows: Int32Array): Readings {
  return { x: rowsOf(readings.x, rows) }
}

/** Share of the largest class: the accuracy of always giving the same answer. */
export function majorityShare(y: Int32Array): number {
  const counts = new Map<number, number>()
  for (const label of y) counts.set(label, (counts.get(label) ?? 0) + 1)
  return Math.max(0, ...counts.values()) / y.length
}

function rowsOf<D extends DType>(x: Tensor<D>, rows: Int32Array): Tensor<D> {
  const shape = [rows.length, ...x.shape.slice(1)]
  const size = elements(shape.slice(1))
  const data = allocate(x.dtype, rows.length * size)
  rows.forEach((row, i) => data.set(x.data.subarray(row * size, (row + 1) * size), i * size))
  return tensor(x.dtype, shape, data)
}
