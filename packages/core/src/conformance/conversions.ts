import type { Constants } from '../kernel/spec.ts'
import { elements, tensor, type Shape } from '../tensor/tensor.ts'
import type { Random } from '../statistics/random.ts'
import { randomFloats, randomTensor, specOf, type ConformanceCase } from './case.ts'

const SHAPES: readonly Shape[] = [
  [1, 1, 1, 1],
  [2, 3, 5, 7],
  [1, 8, 4, 4],
  [1, 4, 3, 1],
  [2, 12, 3, 2],
  [1, 3, 4, 4],
  [3, 10],
]

const CLAMP = [-128, 127] as const

/** Normalize to every dtype, QuantizeLinear and DequantizeLinear. */
export function* conversionCases(random: Random): Generator<ConformanceCase> {
  for (const shape of SHAPES) {
    yield* gridCases(shape, random)
    yield* normalizeCases(shape, random)
  }
  yield edges()
}

function* gridCases(shape: Shape, random: Random): Generator<ConformanceCase> {
  const int8 = specOf('int8', shape)
  for (const [dtype, name] of [
    ['float32', ''],
    ['float16', ', halves'],
  ] as const) {
    const float = specOf(dtype, shape)
    yield {
      name: `QuantizeLinear int8: ${shape.join('x')}${name}`,
      spec: { op: 'QuantizeLinear', inputs: [float], output: int8 },
      constants: { kind: 'quantize', inverseScale: Math.fround(1 / 0.0151), zeroPoint: 3, clamp: CLAMP },
      inputs: [randomTensor(random, float)],
    }
    yield {
      name: `DequantizeLinear int8: ${shape.join('x')}${name}`,
      spec: { op: 'DequantizeLinear', inputs: [int8], output: float },
      constants: { kind: 'dequantize', scale: Math.fround(0.0371), zeroPoint: -11 },
      inputs: [randomTensor(random, int8)],
    }
  }
}

function* normalizeCases(shape: Shape, random: Random): Generator<ConformanceCase> {
  const raw = specOf('float32', shape)
  const drawn = randomFloats(random, elements(shape))
  const input = tensor(
    'float32',
    shape,
    drawn.map((value) => Math.round(value * 60)),
  )
  const grid = { inverseScale: Math.fround(1 / 0.0143), zeroPoint: -21, clamp: CLAMP }
  for (const [dtype, name] of [
    ['float32', 'fp32'],
    ['float16', 'fp16'],
    ['int8', 'int8'],
  ] as const)
    for (const [title, map] of [
      ['one offset', { offset: Float32Array.of(33.3), scale: Float32Array.of(0.0123) }],
      ['by channel', { offset: randomFloats(random, shape[1]), scale: randomFloats(random, shape[1]) }],
    ] as const) {
      const constants: Constants =
        dtype === 'int8' ? { kind: 'normalize-quantize', ...map, ...grid } : { kind: 'normalize', ...map }
      yield {
        name: `Normalize ${name}: ${shape.join('x')}, ${title}`,
        spec: { op: 'Normalize', inputs: [raw], output: specOf(dtype, shape) },
        constants,
        inputs: [input],
      }
    }
}

function edges(): ConformanceCase {
  const values = [
    [-0.5, 0.5, 1.5, 2.5, -1.5, -2.5, 126.5, 127.5, -128.5],
    [1e9, -1e9, 3e38, -3e38, 1e-40, -0, 0.49999997],
  ].flat()
  const spec = specOf('float32', [1, values.length])
  return {
    name: 'QuantizeLinear int8: ties, saturation and extremes',
    spec: { op: 'QuantizeLinear', inputs: [spec], output: specOf('int8', spec.shape) },
    constants: { kind: 'quantize', inverseScale: 1, zeroPoint: 0, clamp: CLAMP },
    inputs: [tensor('float32', spec.shape, Float32Array.from(values))],
  }
}
