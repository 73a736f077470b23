import { writeFileSync } from 'node:fs'

/** Writes a NumPy file (format 1.0) of little-endian numbers. */
function writeNpy(path: string, descr: string, shape: readonly number[], numbers: ArrayBufferView): void {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`.padEnd(117)
  const prefix = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0])
  const { buffer, byteOffset, byteLength } = numbers
  writeFileSync(
    path,
    Buffer.concat([prefix, Buffer.from(`${header}\n`), Buffer.from(buffer, byteOffset, byteLength)]),
  )
}

/** Writes float32 numbers between 0 and 1, each `step` after the last. */
export function writeSamples(path: string, shape: readonly [number, number], step: number): void {
  const numbers = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => (i * step) % 1)
  writeNpy(path, '<f4', shape, numbers)
}

/** Writes class numbers from 0 to below `classes`, in turn. */
export function writeLabels(path: string, count: number, classes: number): void {
  const numbers = Int32Array.from({ length: count }, (_, i) => i % classes)
  writeNpy(path, '<i4', [count], numbers)
}
