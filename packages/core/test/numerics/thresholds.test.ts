import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divisionThresholds, quantize } from '../../src/numerics/index.ts'
import { tensor } from '../../src/tensor/tensor.ts'

const WHOLE = { axis: null, qmin: -128, qmax: 127 }
const { fround } = Math

test('at ties of scale 0.0186 the product with the inverse and the quotient are other integers', () => {
  const grid = { ...WHOLE, scale: Float32Array.of(0.0186), zeroPoint: Int32Array.of(0) }
  const scale = grid.scale[0]
  const x = Float32Array.from({ length: 255 }, (_, i) => (i - 127.5) * scale)
  const by = (how: 'divide' | 'reciprocal') => quantize('int8', tensor('float32', [255], x), grid, how).data
  const differing = by('divide').filter((q, i) => q !== by('reciprocal')[i])
  expect(differing.length).toBeGreaterThan(0)
})

test('a product that is corrected by a step against the thresholds is the quotient', () => {
  const number = fc.float({ noNaN: true, min: fround(-1e6), max: fround(1e6) })
  fc.assert(
    fc.property(
      fc.float({ min: fround(2 ** -40), max: fround(2 ** 40), noNaN: true }),
      fc.integer({ min: -128, max: 127 }),
      fc.array(fc.tuple(fc.integer({ min: -140, max: 140 }), fc.integer({ min: -3, max: 3 })), {
        maxLength: 20,
      }),
      fc.array(number, { maxLength: 5 }),
      (scale, zeroPoint, beside, far) => {
        const grid = { ...WHOLE, scale: Float32Array.of(scale), zeroPoint: Int32Array.of(zeroPoint) }
        const near = beside.map(([q, steps]) => neighbour((q - 0.5 - zeroPoint) * scale, steps))
        const x = Float32Array.from([...near, ...far])
        const thresholds = divisionThresholds(scale, zeroPoint)
        const product = quantize('int8', tensor('float32', [x.length], x), grid, 'reciprocal').data
        const corrected = product.map((q, i) => {
          const down = x[i] < thresholds[q + 128] ? 1 : 0
          const up = x[i] >= thresholds[q + 129] ? 1 : 0
          return Math.min(Math.max(q - down + up, -128), 127)
        })
        const quotient = quantize('int8', tensor('float32', [x.length], x), grid, 'divide').data
        expect(corrected).toEqual(quotient)
      },
    ),
  )
})

/** The float32 `steps` further from zero. */
function neighbour(x: number, steps: number): number {
  const cell = Float32Array.of(x)
  new Int32Array(cell.buffer)[0] += x === 0 ? 0 : steps
  return cell[0]
}
