import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NormalizeSpec } from '../../src/ops/normalize.ts'
import type { QuantizeLinearSpec } from '../../src/ops/quantizelinear.ts'
import { compute } from '../../src/reference/kernels.ts'
import { tensor } from '../../src/tensor/tensor.ts'

const float = fc.float({ noNaN: true, noDefaultInfinity: true })
const factor = fc.float({ min: Math.fround(1e-4), max: 100, noNaN: true })

test('Normalize to int8 is Normalize and then QuantizeLinear, bit by bit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(float, fc.integer({ min: 0, max: 255 })), { minLength: 12, maxLength: 12 }),
      fc.constantFrom(1, 3),
      fc.array(fc.float({ min: -200, max: 200, noNaN: true }), { minLength: 3, maxLength: 3 }),
      fc.array(factor, { minLength: 3, maxLength: 3 }),
      factor,
      fc.integer({ min: -128, max: 127 }),
      (values, channels, offsets, scales, inverseScale, zeroPoint) => {
        const raw = { dtype: 'float32', shape: [2, 3, 2, 1] } as const
        const int8 = { dtype: 'int8', shape: raw.shape } as const
        const map = {
          offset: Float32Array.from(offsets).slice(0, channels),
          scale: Float32Array.from(scales).slice(0, channels),
        }
        const grid = { inverseScale, zeroPoint, clamp: [-120, 127] } as const
        const x = tensor('float32', raw.shape, Float32Array.from(values))
        const [real, apart, fused] = [
          tensor('float32', raw.shape),
          tensor('int8', raw.shape),
          tensor('int8', raw.shape),
        ]
        const normalize: NormalizeSpec = { op: 'Normalize', inputs: [raw], output: raw }
        const quantize: QuantizeLinearSpec = { op: 'QuantizeLinear', inputs: [raw], output: int8 }
        compute(normalize, { kind: 'normalize', ...map }, [x], real)
        compute(quantize, { kind: 'quantize', ...grid }, [real], apart)
        compute({ ...normalize, output: int8 }, { kind: 'normalize-quantize', ...map, ...grid }, [x], fused)
        expect(fused).toEqual(apart)
      },
    ),
    { numRuns: 500 },
  )
})
