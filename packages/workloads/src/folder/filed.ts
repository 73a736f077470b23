import type { ValueInfo } from '@octet/core'
import { NpyRows } from '../npy/rows.ts'
import type { FiledReadings, Readings, SensorDType } from '../samples.ts'
import { readReadings, requireSamples, storedAs } from './arrays.ts'

/**
 * Samples of a model's inputs, as `readReadings` reads them. Samples of an NPY file in C order, which may be larger
 * than memory, are read on demand. Any other file is read whole.
 * @throws OctetError if the file does not hold one or more samples of the inputs' shapes.
 */
export async function fileReadings(
  path: string,
  inputs: readonly ValueInfo[],
): Promise<Readings | FiledReadings> {
  const rows = inputs.length === 1 ? NpyRows.open(path) : undefined
  if (rows === undefined) return readReadings(path, inputs)
  requireSamples(rows.shape, path, inputs[0])
  return new RowReadings(rows, path)
}

class RowReadings implements FiledReadings {
  readonly size: number
  readonly dtype: SensorDType
  readonly #rows: NpyRows
  readonly #path: string

  constructor(rows: NpyRows, path: string) {
    this.size = rows.shape[0]
    this.dtype = rows.dtype === 'int32' ? 'float32' : rows.dtype
    this.#rows = rows
    this.#path = path
  }

  part(start: number, count: number): Readings {
    return { x: storedAs(this.#rows.read(start, Math.min(count, this.size - start)), this.#path) }
  }
}
