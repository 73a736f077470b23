import type { Constants } from '../kernel/spec.ts'
import { tensor } from '../tensor/tensor.ts'
import { bytes, specOf, type ConformanceCase } from './case.ts'
import { averageCases, layerCases, matMulCases } from './sums.ts'

/**
 * INT8 ops on numbers whose real results lie beside ties, where one float32 operation that is rounded otherwise,
 * contracted or taken in another order ends in another integer. On grids and sums drawn at random that happens once
 * in 10^6 elements. WGSL allows a compiler all of these, so a device must show that its own does none of them.
 */
export function* arithmeticCases(): Generator<ConformanceCase> {
  const every = gridOf(256)
  yield* pairCases(every)
  yield pairByChannel()
  yield* quantizeCases()
  yield everyHalf()
  yield* everyByte()
  yield* normalizeCases(every)
  yield* matMulCases(256)
  yield* averageCases()
  yield* layerCases()
  yield dequantized()
}

/**
 * The same numbers for a device that has just opened: every fifteenth where there are 65,536, and one layer of a
 * kind.
 */
export function* probeCases(): Generator<ConformanceCase> {
  const some = gridOf(64)
  yield* pairCases(some)
  yield* quantizeCases()
  yield* everyByte()
  yield* normalizeCases(some)
  yield* matMulCases(16)
  yield* averageCases(false)
  yield* layerCases(3)
  yield dequantized()
}

const { fround } = Math
const CLAMP = [-128, 127] as const
const BYTES = 256

/** Numbers below 65,536 by place: all of them, or as many as fill a square of `side`. */
interface Grid {
  readonly side: number
  readonly number: (place: number) => number
}

function gridOf(side: 256 | 64): Grid {
  // An odd step passes every low byte.
  const step = side === BYTES ? 1 : 15
  return { side, number: (place) => place * step }
}

/** Pairs of bytes, at grids that put real values on ties but for the rounding of their scales. */
function* pairCases({ side, number }: Grid): Generator<ConformanceCase> {
  const spec = specOf('int8', [side, side])
  const inputs = [
    bytes(spec.shape, (place) => (number(place) >> 8) - 128),
    bytes(spec.shape, (place) => (number(place) & 255) - 128),
  ]
  for (const [op, scales, left, right, inverseScale] of [
    ['Add', '1/255 and 1/255', 1 / 255, 1 / 255, 127.5],
    ['Add', '0.1 and 0.2', 0.1, 0.2, 5],
    ['Mul', '0.1 and 0.2', 0.1, 0.2, 5],
    ['Mul', '1/3 and 1/3', 1 / 3, 1 / 3, 1.5],
  ] as const)
    yield {
      name: `${op} int8: pairs of bytes, scales ${scales}, inverse ${inverseScale}`,
      spec: { op, inputs: [spec, spec], output: spec },
      constants: pairConstants(op, left, right, inverseScale),
      inputs,
    }
}

function pairByChannel(): ConformanceCase {
  const [image, factor] = [specOf('int8', [1, BYTES, 16, 16]), specOf('int8', [1, BYTES, 1, 1])]
  return {
    name: 'Mul int8: pairs of bytes, one factor a channel',
    spec: { op: 'Mul', inputs: [image, factor], output: image },
    constants: pairConstants('Mul', 0.1, 0.2, 5),
    inputs: [bytes(image.shape, (i) => (i & 255) - 128), bytes(factor.shape, (i) => i - 128)],
  }
}

function pairConstants(op: 'Add' | 'Mul', a: number, b: number, inverseScale: number): Constants {
  return {
    kind: op === 'Add' ? 'int-add' : 'int-mul',
    a: { scale: fround(a), zeroPoint: 0 },
    b: { scale: fround(b), zeroPoint: 0 },
    inverseScale,
    outputZeroPoint: 0,
    clamp: CLAMP,
  }
}

/** Around every tie of a grid: the float32 nearest to it in real units, and three on either side. */
function* quantizeCases(): Generator<ConformanceCase> {
  for (const scale of [0.0186, 1 / 127.5, 0.3]) {
    const inverseScale = fround(1 / fround(scale))
    const values = Float32Array.from({ length: 7 * BYTES }, (_, i) =>
      neighbour((Math.floor(i / 7) - 127.5) / inverseScale, (i % 7) - 3),
    )
    const spec = specOf('float32', [1, values.length])
    yield {
      name: `QuantizeLinear int8: beside every tie, scale ${scale.toPrecision(3)}`,
      spec: { op: 'QuantizeLinear', inputs: [spec], output: specOf('int8', spec.shape) },
      constants: { kind: 'quantize', inverseScale, zeroPoint: 0, clamp: CLAMP },
      inputs: [tensor('float32', spec.shape, values)],
    }
  }
}

function everyHalf(): ConformanceCase {
  const halves = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter((i) => (i & 0x7fff) < 0x7c00)
  const spec = specOf('float16', [1, halves.length])
  const inverseScale = fround(1 / fround(0.3))
  return {
    name: 'QuantizeLinear int8: every half',
    spec: { op: 'QuantizeLinear', inputs: [spec], output: specOf('int8', spec.shape) },
    constants: { kind: 'quantize', inverseScale, zeroPoint: 0, clamp: CLAMP },
    inputs: [tensor('float16', spec.shape, halves)],
  }
}

const cell = new Float32Array(1)
const cellBits = new Int32Array(cell.buffer)

/** The float32 `steps` further from zero than x is. */
function neighbour(x: number, steps: number): number {
  cell[0] = x
  cellBits[0] += steps
  return cell[0]
}

/** 16-bit readings, as sensors have them, a quarter of them in each channel. */
function* normalizeCases({ side, number }: Grid): Generator<ConformanceCase> {
  const spec = specOf('float32', [1, 4, side / 2, side / 2])
  const readings = Float32Array.from({ length: side * side }, (_, place) => number(place))
  const small = 2 ** -10
  for (const [title, offset, scale, inverseScale] of [
    ['centred', [32767.5], fround(1 / 65535), 255],
    ['in thirds', [30000], fround(1 / 3), fround(0.015)],
    // Less than half of what float32 tells apart at these readings, to either side.
    ['less a trifle', [small / 2, -small / 2, small, -small], 1, 2 ** -9],
  ] as const)
    yield {
      name: `Normalize int8: 16-bit readings, ${title}`,
      spec: { op: 'Normalize', inputs: [spec], output: specOf('int8', spec.shape) },
      constants: {
        kind: 'normalize-quantize',
        offset: Float32Array.from(offset),
        scale: Float32Array.of(scale),
        inverseScale,
        zeroPoint: 0,
        clamp: CLAMP,
      },
      inputs: [tensor('float32', spec.shape, readings)],
    }
}

/**
 * Each byte in each channel: a product taken in another order, or an offset multiplied through, falls to another
 * integer for some.
 */
function* everyByte(): Generator<ConformanceCase> {
  const spec = specOf('float32', [1, 3, 16, 16])
  const every = tensor(
    'float32',
    spec.shape,
    Float32Array.from({ length: 768 }, (_, i) => i % 256),
  )
  for (const [title, offset, scale, inverseScale] of [
    ['a usual grid', [123.675, 116.28, 103.53], [0.0171, 0.0175, 0.0174], Math.fround(1 / 0.0186)],
    ['next to ties', [0, 1, 128], [1 / 255], 127.5],
  ] as const)
    yield {
      name: `Normalize int8: every byte, ${title}`,
      spec: { op: 'Normalize', inputs: [spec], output: specOf('int8', spec.shape) },
      constants: {
        kind: 'normalize-quantize',
        offset: Float32Array.from(offset),
        scale: Float32Array.from(scale),
        inverseScale,
        zeroPoint: -14,
        clamp: CLAMP,
      },
      inputs: [every],
    }
}

/** Every byte: a product that is rounded otherwise shows in most of them. */
function dequantized(): ConformanceCase {
  const spec = specOf('int8', [1, BYTES])
  return {
    name: 'DequantizeLinear int8: every byte',
    spec: { op: 'DequantizeLinear', inputs: [spec], output: specOf('float32', spec.shape) },
    constants: { kind: 'dequantize', scale: fround(0.1), zeroPoint: -11 },
    inputs: [bytes(spec.shape, (i) => i - 128)],
  }
}
