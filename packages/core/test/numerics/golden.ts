import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'

/** Where the reference vectors are: in the repository, or where OCTET_GOLDEN says. */
export const goldenFolder: string =
  process.env.OCTET_GOLDEN ?? fileURLToPath(new URL('../../../../golden', import.meta.url))

/** A tensor of a golden file, in row-major order; `bool` is one byte each. */
export interface GoldenTensor<Data> {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: Data
}

const ARRAYS: Record<string, new (buffer: ArrayBuffer) => ArrayBufferView> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Uint8Array,
}

const SPECIAL = new Map([
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['NaN', NaN],
])

/** A test over one file of reference vectors. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the file's schema
export function goldenTest<Vectors>(
  name: string,
  file: string,
  check: (vectors: Vectors) => void | Promise<void>,
): void {
  test(`${name} (golden ${file})`, async () => {
    await check(JSON.parse(readFileSync(`${goldenFolder}/${file}`, 'utf8'), revive) as Vectors)
  })
}

/** The input distributions by name: three batches of [4, 16, 24] each. */
export function goldenInputs(): Map<string, readonly GoldenTensor<Float32Array>[]> {
  const { distributions } = JSON.parse(readFileSync(`${goldenFolder}/inputs.json`, 'utf8'), revive) as {
    distributions: Record<string, readonly GoldenTensor<Float32Array>[]>
  }
  return new Map(Object.entries(distributions))
}

/** For JSON.parse: tensors and non-finite numbers as the golden files write them. */
export function revive(_: string, value: unknown): unknown {
  if (typeof value === 'string') return SPECIAL.get(value) ?? value
  if (typeof value !== 'object' || value === null || !('b64' in value)) return value
  const { dtype, shape, b64 } = value as { dtype: string; shape: number[]; b64: string }
  const bytes = Uint8Array.from(Buffer.from(b64, 'base64'))
  return { dtype, shape, data: new ARRAYS[dtype](bytes.buffer) }
}
