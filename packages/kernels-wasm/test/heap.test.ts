import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Heap } from '../src/memory/heap.ts'

const START = 1000

function heap(maximum = 64): Heap {
  return new Heap(new WebAssembly.Memory({ initial: 1, maximum }), START)
}

test('blocks never overlap, whatever is allocated and freed, and lie on cache lines past the start', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 50_000 }), keep: fc.boolean() })),
      (plan) => {
        const made = heap()
        const held: { address: number; bytes: number }[] = []
        for (const { bytes, keep } of plan) {
          const address = made.allocate(bytes)
          expect(address % 64).toBe(0)
          expect(address).toBeGreaterThanOrEqual(START)
          expect(address + bytes).toBeLessThanOrEqual(made.memory.buffer.byteLength)
          for (const other of held)
            expect(address + bytes <= other.address || other.address + other.bytes <= address).toBe(true)
          if (keep) held.push({ address, bytes })
          else made.free(address)
        }
      },
    ),
  )
})

test('what was freed is used again: memory grows once', () => {
  const made = heap()
  const first = [made.allocate(100_000), made.allocate(100_000), made.allocate(100_000)]
  const size = made.memory.buffer.byteLength
  for (const address of first) made.free(address)
  made.allocate(290_000)
  expect(made.memory.buffer.byteLength).toBe(size)
})

test('memory that cannot grow fails in one line with a remedy', () => {
  expect(() => heap(2).allocate(1_000_000)).toThrow(/cannot grow from 65536/)
})

test('grows where not one byte is free', () => {
  const made = heap()
  const [first, rest] = [made.allocate(1), 65536 - 1024 - 64]
  made.allocate(rest)
  const grown = made.allocate(100)
  expect(grown).toBe(65536)
  made.free(grown)
  made.free(first)
  expect(made.allocate(64)).toBe(first)
})
