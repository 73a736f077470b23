import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OctetError, tensor, type Graph } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { expect } from 'vitest'
import { formatNpy, type Workload } from '../../src/index.ts'
import { temporaryFolder } from '../temporary.ts'

/** Two readings to three classes. */
export const GRAPH: Graph = {
  name: 'tiny',
  inputs: [{ name: 'x', shape: [2] }],
  output: 'y',
  nodes: [
    {
      op: 'Gemm',
      name: 'dense',
      inputs: ['x', 'w'],
      output: 'y',
      attributes: { alpha: 1, beta: 1, transA: false, transB: false },
    },
  ],
  initializers: new Map([['w', tensor('float32', [2, 3], Float32Array.of(1, 0, -1, 0, 1, -1))]]),
}
export const MANIFEST = {
  name: 'tiny',
  input: { layout: 'NF', stored_dtype: 'float32', normalize: { offset: [1, 2], scale: 0.5 } },
  classes: ['a', 'b', 'c'],
  license: 'CC0',
  note: 'made for a test',
  measured_somehow: { fp32: { acc: 0.5, n: 10 }, fp32_disjoint: { acc: 0.25, n: 8 } },
}

export function rows(from: number, count: number): Uint8Array {
  return formatNpy(
    tensor(
      'float32',
      [count, 2],
      Float32Array.from({ length: 2 * count }, (_, i) => from + i),
    ),
  )
}
export function labels(values: readonly number[]): Uint8Array {
  return formatNpy(tensor('uint8', [values.length], Uint8Array.from(values)))
}

export const FILES: Readonly<Record<string, Uint8Array | string>> = {
  'model_fp32.onnx': exportOnnx(GRAPH),
  'x_eval.npy': rows(0, 10),
  'y_eval.npy': labels([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]),
  'x_calib.npy': rows(100, 4),
  'manifest.json': JSON.stringify(MANIFEST),
}

/** A workload folder with some files replaced, or left out where undefined. */
export async function folderWith(
  changes: Readonly<Record<string, Uint8Array | string | undefined>> = {},
): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, content] of Object.entries({ ...FILES, ...changes }))
    if (content !== undefined) await writeFile(join(folder, name), content)
  return folder
}

export async function refusal(opening: Promise<Workload>): Promise<OctetError> {
  const refused = await opening.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(refused).toBeInstanceOf(OctetError)
  return refused as OctetError
}
