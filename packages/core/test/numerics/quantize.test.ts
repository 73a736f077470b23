import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fakeQuantize } from '../../src/numerics/fake-quantize.ts'
import { AFFINE_INT8, qparamsFromRange, SYMMETRIC_INT8, type QParams } from '../../src/numerics/qparams.ts'
import { dequantize, quantize } from '../../src/numerics/quantize.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { goldenTest, type GoldenTensor } from './golden.ts'

const UNIT: QParams = {
  qmin: -128,
  qmax: 127,
  axis: null,
  scale: Float32Array.of(0.5),
  zeroPoint: Int32Array.of(3),
}
const vector = (x: Float32Array) => tensor('float32', [x.length], x)
const values = fc
  .array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 64 })
  .map((x) => Float32Array.from(x))

describe('quantize', () => {
  test('rounds half to even before it adds the zero point', () => {
    const q = quantize('int8', vector(Float32Array.of(0.25, 0.75, 1.25, -0.25, -0.75)), UNIT)
    expect([...q.data]).toEqual([3, 5, 5, 3, 1])
  })

  test('saturates infinities and gives NaN the zero point', () => {
    const q = quantize('int8', vector(Float32Array.of(Infinity, -Infinity, 3e38, NaN)), UNIT)
    expect([...q.data]).toEqual([127, -128, 127, 3])
  })

  test('multiplying by 1/s and dividing by s differ at a tie', () => {
    const ties = Array.from({ length: 256 }, (_, k) => k - 127.5)
    const differing = [0.1, 0.3, 0.7, 0.9].flatMap((scale) => {
      const qparams = { ...UNIT, scale: Float32Array.of(scale), zeroPoint: Int32Array.of(0) }
      const x = vector(Float32Array.from(ties, (tie) => tie * qparams.scale[0]))
      const divided = quantize('int8', x, qparams, 'divide').data
      return [...quantize('int8', x, qparams, 'reciprocal').data].filter((q, i) => q !== divided[i])
    })
    expect(differing.length).toBeGreaterThan(0)
  })

  test('refuses limits that the dtype cannot hold, and scales that do not fit the axis', () => {
    expect(() => quantize('uint8', vector(Float32Array.of(1)), UNIT)).toThrow(/does not fit in uint8/)
    expect(() =>
      quantize('int8', vector(Float32Array.of(1)), { ...UNIT, axis: 0, scale: new Float32Array(2) }),
    ).toThrow(/2 scales along axis 0 do not fit the shape \[1\]/)
    expect(() => dequantize(tensor('int8', [2]), { ...UNIT, axis: 3 })).toThrow(/axis 3/)
  })

  test('is half a step from the value at most, and exact at zero, whatever the range', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(AFFINE_INT8, SYMMETRIC_INT8), (x, scheme) => {
        const range = { min: Math.min(...x), max: Math.max(...x) }
        const qparams = qparamsFromRange(range, scheme)
        const all = vector(Float32Array.of(0, ...x))
        const back = dequantize(quantize('int8', all, qparams), qparams)
        expect(back.data[0]).toBe(0)
        // The nudged zero point can push an end past the grid by half a step more.
        const bound = (scheme.symmetric ? 0.5 : 1) * qparams.scale[0] * (1 + 1e-4)
        for (const [i, value] of all.data.entries())
          expect(Math.abs(back.data[i] - value)).toBeLessThanOrEqual(bound)
      }),
    )
  })

  test('is idempotent: the values of a grid keep their integers', () => {
    fc.assert(
      fc.property(values, (x) => {
        const qparams = qparamsFromRange({ min: -80, max: 90 }, AFFINE_INT8)
        const q = quantize('int8', vector(x), qparams)
        expect(quantize('int8', dequantize(q, qparams), qparams)).toEqual(q)
      }),
    )
  })

  test('per channel does to each channel what per tensor does to it alone', () => {
    const x = tensor(
      'float32',
      [2, 3, 2],
      Float32Array.from({ length: 12 }, (_, i) => i - 6),
    )
    const scale = Float32Array.of(0.1, 1, 3)
    const zeroPoint = Int32Array.of(0, 5, -7)
    const q = quantize('int8', x, { ...UNIT, axis: 1, scale, zeroPoint })
    for (const [i, value] of x.data.entries()) {
      const c = Math.floor(i / 2) % 3
      const alone = { ...UNIT, scale: scale.subarray(c, c + 1), zeroPoint: zeroPoint.subarray(c, c + 1) }
      expect(q.data[i]).toBe(quantize('int8', vector(Float32Array.of(value)), alone).data[0])
    }
  })
})

describe('fakeQuantize', () => {
  test('is quantize and dequantize in one', () => {
    fc.assert(
      fc.property(values, (x) => {
        const qparams = qparamsFromRange({ min: -40, max: 60 }, AFFINE_INT8)
        const { y } = fakeQuantize(vector(x), qparams)
        expect(y).toEqual(dequantize(quantize('int8', vector(x), qparams), qparams))
      }),
    )
  })

  test('lets the gradient through at qmin and qmax themselves', () => {
    const { mask } = fakeQuantize(vector(Float32Array.of(-66, -65.5, 62, 62.5)), UNIT)
    expect([...mask]).toEqual([0, 1, 1, 0])
  })
})

interface QuantizeCase {
  scale: number | GoldenTensor<Float32Array>
  zero_point: number | number[]
  axis?: number
  dtype: 'qint8' | 'quint8'
  quant_min?: number
  quant_max?: number
  x: GoldenTensor<Float32Array>
  q: GoldenTensor<Int8Array | Uint8Array>
  dequant: GoldenTensor<Float32Array>
  q_divide?: GoldenTensor<Int8Array | Uint8Array>
}

interface QuantizeVectors {
  per_tensor: QuantizeCase[]
  per_channel: QuantizeCase[]
  saturation: {
    scale: number
    zero_point: number
    dtype: 'qint8' | 'quint8'
    x_bits: GoldenTensor<Uint32Array>
    expected_q: number[]
  }
}

interface GoldenGrid {
  scale: number | GoldenTensor<Float32Array>
  zero_point: number | number[]
  axis?: number
  dtype?: 'qint8' | 'quint8'
  quant_min?: number
  quant_max?: number
}

function qparamsOf({ scale, zero_point, axis, dtype, quant_min, quant_max }: GoldenGrid): QParams {
  return {
    qmin: quant_min ?? (dtype === 'qint8' ? -128 : 0),
    qmax: quant_max ?? (dtype === 'qint8' ? 127 : 255),
    axis: axis ?? null,
    scale: typeof scale === 'number' ? Float32Array.of(scale) : scale.data,
    zeroPoint: Int32Array.from(typeof zero_point === 'number' ? [zero_point] : zero_point),
  }
}

const dtypeOf = (dtype: 'qint8' | 'quint8') => (dtype === 'qint8' ? 'int8' : 'uint8')

goldenTest<QuantizeVectors>('quantizes and dequantizes bit for bit', 'quantize.json', (vectors) => {
  for (const one of [...vectors.per_tensor, ...vectors.per_channel]) {
    const qparams = qparamsOf(one)
    const x = tensor('float32', one.x.shape, one.x.data)
    const q = quantize(dtypeOf(one.dtype), x, qparams)
    expect(q.data).toEqual(one.q.data)
    expect(dequantize(q, qparams).data).toEqual(one.dequant.data)
    if (one.q_divide)
      expect(quantize(dtypeOf(one.dtype), x, qparams, 'divide').data).toEqual(one.q_divide.data)
  }
  const { saturation } = vectors
  const x = vector(new Float32Array(saturation.x_bits.data.buffer))
  expect([...quantize(dtypeOf(saturation.dtype), x, qparamsOf(saturation)).data]).toEqual(
    saturation.expected_q,
  )
})

interface FakeQuantizeCase extends GoldenGrid {
  x: GoldenTensor<Float32Array>
  y: GoldenTensor<Float32Array>
  mask?: GoldenTensor<Uint8Array>
  grad_out: GoldenTensor<Float32Array>
  grad_x: GoldenTensor<Float32Array>
}

goldenTest<{ per_tensor: FakeQuantizeCase[]; per_channel: FakeQuantizeCase[] }>(
  'fake-quantizes and masks bit for bit',
  'fake_quantize.json',
  (vectors) => {
    for (const one of [...vectors.per_tensor, ...vectors.per_channel]) {
      const { y, mask } = fakeQuantize(tensor('float32', one.x.shape, one.x.data), qparamsOf(one))
      expect(y.data).toEqual(one.y.data)
      if (one.mask) expect(mask).toEqual(one.mask.data)
      expect(one.grad_out.data.map((grad, i) => grad * mask[i])).toEqual(one.grad_x.data)
    }
  },
)
