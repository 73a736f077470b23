import { elements } from '@octet/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collect, layOut, layoutOf } from '../src/memory/layout.ts'

const shapes = fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 4 })

test('what is laid out over other bits is collected again, whatever its shape; room is filled with zeros', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const layout = layoutOf(shape)
      const logical = Float32Array.from({ length: elements(shape) }, (_, i) => i + 1)
      const stored = new Float32Array(layout.count).fill(NaN)
      layOut(layout, logical, stored)
      expect(stored.reduce((sum, value) => sum + value, 0)).toBe((logical.length * (logical.length + 1)) / 2)
      const back = new Float32Array(logical.length)
      collect(layout, stored, back)
      expect(back).toEqual(logical)
    }),
  )
})

test('the channels of a pixel lie together', () => {
  const stored = new Float32Array(6)
  layOut(layoutOf([1, 2, 1, 3]), Float32Array.of(1, 2, 3, 10, 20, 30), stored)
  expect([...stored]).toEqual([1, 10, 2, 20, 3, 30])
})
