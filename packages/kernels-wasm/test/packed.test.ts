import { type Constants, openReference, type OpSpec, tensor } from '@octet/core'
import { expect, test } from 'vitest'
import { Heap } from '../src/memory/heap.ts'
import { PackedWeights } from '../src/memory/packed.ts'
import { devices, run } from './devices.ts'

const MEMORY = (): Heap => new Heap(new WebAssembly.Memory({ initial: 1 }), 1024)

function pack(values: number[]): () => { data: Int16Array; sums: Int32Array } {
  return () => ({ data: Int16Array.from(values), sums: new Int32Array(1) })
}

test('weights are packed once for a form, also after no op uses them, and again once they have changed', () => {
  const weights = new PackedWeights(MEMORY())
  const source = Int8Array.of(1, 2, 3, 4, 5)
  const first = weights.take(source, 'a', pack([1]))
  expect(weights.take(source, 'a', pack([2]))).toBe(first)
  expect(weights.take(source, 'b', pack([3]))).not.toBe(first)
  expect(weights.take(Int8Array.from(source), 'a', pack([4]))).not.toBe(first)
  for (let i = 0; i < 2; i++) weights.drop(first)
  expect(weights.take(source, 'a', pack([5]))).toBe(first)
  source[4] = 6
  expect(weights.take(source, 'a', pack([6]))).not.toBe(first)
})

test('packings that no op uses give their memory back, the oldest first', () => {
  const heap = MEMORY()
  const weights = new PackedWeights(heap, 2 ** 17)
  const large = (): { data: Int16Array; sums: Int32Array } => ({
    data: new Int16Array(2 ** 14),
    sums: new Int32Array(1),
  })
  const sources = Array.from({ length: 6 }, (_, i) => Int8Array.of(i))
  const bytes: number[] = []
  for (const source of sources) {
    weights.drop(weights.take(source, 'a', large))
    bytes.push(heap.memory.buffer.byteLength)
  }
  // Four of them are 128 KiB.
  expect(bytes[5]).toBe(bytes[4])
  const kept = weights.take(sources[5], 'a', () => {
    throw new Error('it was packed again')
  })
  expect(() =>
    weights.take(sources[0], 'a', () => {
      throw new Error('it was packed again')
    }),
  ).toThrow('packed again')
  weights.drop(kept)
})

test('ops that share weights have their own grids', async () => {
  const [int8, weight] = [
    (shape: number[]) => ({ dtype: 'int8', shape }) as const,
    tensor(
      'int8',
      [8, 16],
      Int8Array.from({ length: 128 }, (_, i) => ((37 * i) % 255) - 127),
    ),
  ]
  const spec: OpSpec = { op: 'Gemm', inputs: [int8([2, 16])], output: int8([2, 8]), weightZeroPoints: false }
  const x = tensor(
    'int8',
    [2, 16],
    Int8Array.from({ length: 32 }, (_, i) => ((91 * i) % 255) - 127),
  )
  const constants = (inputZeroPoint: number): Constants => ({
    kind: 'int-weights',
    weight,
    bias: new Int32Array(8).fill(10 * inputZeroPoint),
    multiplier: new Float32Array(8).fill(0.001 * (inputZeroPoint + 20)),
    inputZeroPoint,
    weightZeroPoints: new Int32Array(8),
    outputZeroPoint: 3,
    clamp: [-128, 127],
  })
  for (const device of devices)
    for (const zeroPoint of [5, -11, 5]) {
      const one = { spec, constants: constants(zeroPoint), x }
      expect(await run(device, one)).toEqual(await run(openReference(), one))
    }
})
