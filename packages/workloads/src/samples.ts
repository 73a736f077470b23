import {
  allocate,
  elements,
  isLabelled,
  tensor,
  type DType,
  type Labels,
  type Samples as Inputs,
  type TaskId,
  TASKS,
  type Tensor,
} from '@octet/core'

/** The dtype of raw sensor values. */
export type SensorDType = 'uint8' | 'int8' | 'float32'

/** Raw sensor values as the device delivers them, before normalization: x [N, ...shape]. */
export interface Readings {
  readonly x: Tensor<SensorDType>
  /** The model's inputs beside `x`, in the model's order, [N, ...] each. */
  readonly more?: readonly Tensor<SensorDType>[]
}

/** Readings that are in memory one part at a time. */
export interface FiledReadings {
  readonly size: number
  /** The dtype of the input that is normalized. */
  readonly dtype: SensorDType
  /**
   * Readings [start, start + count), or fewer at the end.
   * @throws OctetError if they cannot be read any more.
   */
  part(start: number, count: number): Readings
}

/** Readings with labels in the form of the workload's task; a task without labels has none. */
export interface Samples extends Readings {
  readonly y: Labels
}

/** The bytes of filed readings that are in memory at once, unless a single reading is larger. */
const PART_BYTES: number = 2 ** 22

/** The number of readings. */
export function sizeOf(readings: Readings | FiledReadings): number {
  return isFiled(readings) ? readings.size : readings.x.shape[0]
}

/** The dtype of raw values. */
export function dtypeOf(readings: Readings | FiledReadings): SensorDType {
  return isFiled(readings) ? readings.dtype : readings.x.dtype
}

/** All readings, part by part. */
export function* partsOf(readings: Readings | FiledReadings): Generator<Readings> {
  if (!isFiled(readings)) return yield readings
  const { x, more = [] } = readings.part(0, 1)
  const each = [x, ...more].reduce((sum, { data }) => sum + data.byteLength, 0)
  const count = Math.max(1, Math.floor(PART_BYTES / each))
  for (let start = 0; start < readings.size; start += count) yield readings.part(start, count)
}

export function isFiled(readings: Readings | FiledReadings): readings is FiledReadings {
  return 'part' in readings
}

/**
 * The group of each sample, for a split that keeps the proportions of the groups; a single group if the task has none.
 */
export function strataOf(task: TaskId, samples: Samples): Int32Array {
  return isLabelled(task) ? TASKS[task].strata(samples.y, sizeOf(samples)) : new Int32Array(sizeOf(samples))
}

/**
 * Samples [start, start + count), or fewer at the end, in the form that a model takes: raw values widened to float32.
 */
export function batchOf(readings: Readings | FiledReadings, start: number, count: number): Inputs {
  if (isFiled(readings)) return batchOf(readings.part(start, count), 0, count)
  const rows = Int32Array.from({ length: Math.min(count, sizeOf(readings) - start) }, (_, i) => start + i)
  return inputsAt(readings, rows, rows.length)
}

/**
 * The given rows in the form that a model takes: raw values widened to float32, filled up with zeros to `count`
 * samples. It is one tensor, or one tensor for each of several inputs.
 */
export function inputsAt({ x, more }: Readings, rows: Int32Array, count: number): Inputs {
  const widened = ({ shape, data }: Tensor<SensorDType>): Tensor<'float32'> => {
    const size = elements(shape.slice(1))
    const into = tensor('float32', [count, ...shape.slice(1)])
    rows.forEach((row, i) => into.data.set(data.subarray(row * size, (row + 1) * size), i * size))
    return into
  }
  return more === undefined ? widened(x) : [x, ...more].map(widened)
}

/** A copy of the given rows in the given order. The source can be released. */
export function select(samples: Samples, rows: Int32Array): Samples {
  return { ...selectReadings(samples, rows), y: labelsAt(samples, rows) }
}

/** A copy of the given rows of readings without labels, in the given order. */
export function selectReadings(readings: Readings, rows: Int32Array): Readings {
  const { x, more } = readings
  return { x: rowsOf(x, rows), ...(more && { more: more.map((one) => rowsOf(one, rows)) }) }
}

/** A copy of the labels of the given rows, in the given order. */
export function labelsAt({ x, y }: Samples, rows: Int32Array): Labels {
  const width = y.length / x.shape[0]
  const size = rows.length * width
  const labels = y instanceof Int32Array ? new Int32Array(size) : new Float32Array(size)
  rows.forEach((row, i) => labels.set(y.subarray(row * width, (row + 1) * width), i * width))
  return labels
}

function rowsOf<D extends DType>(x: Tensor<D>, rows: Int32Array): Tensor<D> {
  const shape = [rows.length, ...x.shape.slice(1)]
  const size = elements(shape.slice(1))
  const data = allocate(x.dtype, rows.length * size)
  rows.forEach((row, i) => data.set(x.data.subarray(row * size, (row + 1) * size), i * size))
  return tensor(x.dtype, shape, data)
}
