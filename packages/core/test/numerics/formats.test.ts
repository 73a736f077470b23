import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockRangesOf, rangesOf } from '../../src/calibrate/range.ts'
import { fromFloat8, toFloat8 } from '../../src/numerics/float8.ts'
import { packInt4, unpackInt4, unpackUint4 } from '../../src/numerics/int4.ts'
import {
  affineQParams,
  AFFINE_INT8,
  qparamsPerBlock,
  qparamsPerChannel,
  SYMMETRIC_INT8,
  type QParams,
} from '../../src/numerics/qparams.ts'
import { dequantize, quantize } from '../../src/numerics/quantize.ts'
import { INTEGER_LIMITS } from '../../src/tensor/dtype.ts'
import { elements, tensor } from '../../src/tensor/tensor.ts'

const FORMATS = ['float8e4m3fn', 'float8e5m2'] as const
const valuesOf = (format: (typeof FORMATS)[number], ...codes: number[]) => [
  ...fromFloat8(format, Uint8Array.from(codes)),
]
const CODES = Uint8Array.from({ length: 256 }, (_, code) => code)

describe.each(FORMATS)('%s', (format) => {
  const values = fromFloat8(format, CODES)
  const finite = [...values].filter(Number.isFinite).toSorted((a, b) => a - b)
  const largest = finite.at(-1)!

  test('every code that is a number survives the way there and back', () => {
    for (const [code, value] of values.entries())
      if (!Number.isNaN(value)) {
        const saturate = Number.isFinite(value)
        expect(toFloat8(format, Float32Array.of(value), { saturate })[0]).toBe(code)
      } else expect(toFloat8(format, Float32Array.of(value))[0] & 0x7f).toBe(0x7f)
  })

  test('rounds to the nearest value, and to the even code between two', () => {
    fc.assert(
      fc.property(fc.float({ min: -largest, max: largest, noNaN: true }), (x) => {
        const [code] = toFloat8(format, Float32Array.of(x))
        const rounded = values[code]
        for (const value of finite) {
          const [ours, other] = [Math.abs(rounded - x), Math.abs(value - x)]
          expect(ours).toBeLessThanOrEqual(other)
          if (ours === other && value !== rounded) expect(code & 1).toBe(0)
        }
        expect(Object.is(Math.sign(rounded), -0) || Math.sign(rounded) < 0).toBe(Object.is(x, -0) || x < 0)
      }),
    )
  })

  test('breaks every tie between neighbours towards the even code', () => {
    for (let at = 1; at < finite.length; at++) {
      const middle = (finite[at - 1] + finite[at]) / 2
      if (middle !== finite[at]) expect(toFloat8(format, Float32Array.of(middle))[0] & 1).toBe(0)
    }
  })

  test('holds what is too large to the largest value, by its sign, unless told not to', () => {
    const far = Float32Array.of(largest * 1.2, -largest * 1.2, 3e38, Infinity, -Infinity)
    expect([...fromFloat8(format, toFloat8(format, far))]).toEqual([1, -1, 1, 1, -1].map((s) => s * largest))
    const past = format === 'float8e5m2' ? [1, -1, 1, 1, -1].map((s) => s * Infinity) : far.map(() => NaN)
    expect([...fromFloat8(format, toFloat8(format, far, { saturate: false }))]).toEqual([...past])
  })

  test('keeps NaN, and rounds what is halfway past the largest value as if there were a next one', () => {
    expect([...fromFloat8(format, toFloat8(format, Float32Array.of(NaN)))]).toEqual([NaN])
    const step = largest - finite.at(-2)!
    const tie = Float32Array.of(largest + step / 2)
    const [code] = toFloat8(format, tie, { saturate: false })
    // 448 has an even code and stays; 57344 has an odd one and goes to infinity.
    expect(fromFloat8(format, Uint8Array.of(code))[0]).toBe(format === 'float8e4m3fn' ? 448 : Infinity)
  })
})

test('the float8 formats have the values of their paper', () => {
  expect(valuesOf('float8e4m3fn', 0x7e, 0x08, 0x01, 0x38, 0xb8, 0x80)).toEqual([
    448,
    2 ** -6,
    2 ** -9,
    1,
    -1,
    -0,
  ])
  expect(valuesOf('float8e5m2', 0x7b, 0x04, 0x01, 0x3c, 0x7c, 0xfc)).toEqual([
    57344,
    2 ** -14,
    2 ** -16,
    1,
    Infinity,
    -Infinity,
  ])
})

describe('4-bit integers', () => {
  test('are packed in pairs, low nibble first', () => {
    expect([...packInt4(Int8Array.of(-4, -1, 7))]).toEqual([0xfc, 0x07])
    expect([...packInt4(Uint8Array.of(1, 15))]).toEqual([0xf1])
  })

  test('come back as they were, of any number', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -8, max: 7 })), (values) => {
        const signed = Int8Array.from(values)
        expect(packInt4(signed).length).toBe(Math.ceil(values.length / 2))
        expect(unpackInt4(packInt4(signed), values.length)).toEqual(signed)
        const unsigned = Uint8Array.from(values, (value) => value + 8)
        expect(unpackUint4(packInt4(unsigned), values.length)).toEqual(unsigned)
      }),
    )
  })

  test('that need more bits are refused', () => {
    expect(() => packInt4(Int8Array.of(0, 8))).toThrow(/element 1 is 8/)
    expect(() => packInt4(Uint8Array.of(16))).toThrow(/element 0 is 16/)
  })
})

describe('16-bit integers', () => {
  test.each(['int16', 'uint16'] as const)('%s holds values to half a step over its whole range', (dtype) => {
    const [qmin, qmax] = INTEGER_LIMITS[dtype]
    fc.assert(
      fc.property(fc.array(fc.float({ min: -50, max: 90, noNaN: true }), { minLength: 1 }), (x) => {
        const { scale, zeroPoint } = affineQParams({ min: -50, max: 90 }, { qmin, qmax })
        const grid: QParams = {
          qmin,
          qmax,
          axis: null,
          scale: Float32Array.of(scale),
          zeroPoint: Int32Array.of(zeroPoint),
        }
        const values = tensor('float32', [x.length], Float32Array.from(x))
        for (const by of ['reciprocal', 'divide'] as const) {
          const back = dequantize(quantize(dtype, values, grid, by), grid)
          for (const [i, value] of values.data.entries())
            expect(Math.abs(back.data[i] - value)).toBeLessThanOrEqual(scale * 1.01)
        }
      }),
    )
  })

  test('saturate, and give NaN the zero point', () => {
    const grid = {
      qmin: -32768,
      qmax: 32767,
      axis: null,
      scale: Float32Array.of(1),
      zeroPoint: Int32Array.of(5),
    }
    const x = tensor('float32', [4], Float32Array.of(1e9, -Infinity, NaN, 0.5))
    expect([...quantize('int16', x, grid).data]).toEqual([32767, -32768, 5, 5])
  })
})

describe('blocks', () => {
  const shapes = fc.record({
    shape: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
    axis: fc.nat({ max: 2 }),
    blockSize: fc.integer({ min: 1, max: 6 }),
  })

  test('have the scale that their elements alone would have, along any axis, the last one perhaps short', () => {
    fc.assert(
      fc.property(shapes, ({ shape, axis: anyAxis, blockSize }) => {
        const axis = anyAxis % shape.length
        const x = tensor(
          'float32',
          shape,
          Float32Array.from({ length: elements(shape) }, (_, i) => Math.sin(i * 12.9) * (1 + i)),
        )
        const grid = qparamsPerBlock(blockRangesOf(x, axis, blockSize), axis, blockSize, SYMMETRIC_INT8)
        const q = quantize('int8', x, grid)
        const back = dequantize(q, grid)
        const inner = elements(shape.slice(axis + 1))
        const across = Math.ceil(shape[axis] / blockSize)
        for (const [i, value] of x.data.entries()) {
          const outer = Math.floor(i / (inner * shape[axis]))
          const block = Math.floor((Math.floor(i / inner) % shape[axis]) / blockSize)
          const scale = grid.scale[(outer * across + block) * inner + (i % inner)]
          expect(Math.abs(q.data[i])).toBeLessThanOrEqual(127)
          expect(back.data[i]).toBe(Math.fround(q.data[i] * scale))
          expect(Math.abs(back.data[i] - value)).toBeLessThanOrEqual(0.5001 * scale)
        }
      }),
    )
  })

  test('as long as the axis give every row the scale of its own', () => {
    const x = tensor(
      'float32',
      [3, 4],
      Float32Array.from({ length: 12 }, (_, i) => (i - 5) * (1 + i)),
    )
    const perBlock = qparamsPerBlock(blockRangesOf(x, 1, 4), 1, 4, AFFINE_INT8)
    const perRow = qparamsPerChannel(rangesOf(x, 0), 0, AFFINE_INT8)
    expect(perBlock.scale).toEqual(perRow.scale)
    expect(quantize('int8', x, perBlock)).toEqual(quantize('int8', x, perRow))
  })

  test('refuse scales that are not theirs, an axis that is not there, and sizes that are none', () => {
    const x = tensor('float32', [2, 4])
    const grid = qparamsPerBlock(blockRangesOf(x, 1, 2), 1, 2, AFFINE_INT8)
    expect(() => quantize('int8', x, { ...grid, blockSize: 4 })).toThrow(/4 scales along axis 1/)
    expect(() => blockRangesOf(x, 2, 2)).toThrow(/no axis 2/)
    expect(() => blockRangesOf(x, 1, 0)).toThrow(/blocks of 0/)
  })
})
