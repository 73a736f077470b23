import { elements, tensor } from '@octet/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromStored, storedBytes, toStored } from '../src/device/layout.ts'
import { workgroups } from '../src/wgsl/shader.ts'

const shapes = fc.oneof(
  fc.tuple(size(3), size(9)),
  fc.tuple(size(3), size(9), size(5)),
  fc.tuple(size(3), size(9), size(5), size(5)),
)

describe('the stored layout', () => {
  test('gives back every tensor as it was', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const x = tensor(
          'int8',
          shape,
          Int8Array.from({ length: elements(shape) }, (_, i) => (i % 255) - 127),
        )
        const stored = toStored(x)
        expect(stored.byteLength).toBe(storedBytes(x))
        expect(fromStored(x, Int8Array.from(stored).buffer)).toEqual(x)
      }),
    )
  })

  test('keeps channels innermost, in blocks of four whose padding is 0', () => {
    const x = tensor('float32', [1, 2, 1, 3], Float32Array.of(1, 2, 3, 4, 5, 6))
    expect([...toStored(x)]).toEqual([1, 4, 0, 0, 2, 5, 0, 0, 3, 6, 0, 0])
  })
})

test('a dispatch covers every thread within the limits of WebGPU', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (threads) => {
      const [x, y, z] = workgroups(threads)
      expect(x * y * 64).toBeGreaterThanOrEqual(threads)
      expect(Math.max(x, y)).toBeLessThanOrEqual(65535)
      expect(z).toBe(1)
    }),
  )
})

function size(max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max })
}
