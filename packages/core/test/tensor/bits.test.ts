import { describe, expect, test } from 'vitest'
import { foldOf } from '../../src/calibrate/fold.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { TorchHistogram } from '../calibrate/torch-histogram.ts'
import { SensorObserver } from '../../src/diagnose/sensor.ts'
import { OctetError } from '../../src/error.ts'
import { toBfloat16 } from '../../src/numerics/bfloat16.ts'
import { toFloat16 } from '../../src/numerics/float16.ts'
import { toFloat8 } from '../../src/numerics/float8.ts'
import { tensor } from '../../src/tensor/tensor.ts'

const OTHERS = [
  Float64Array.of(1, 2),
  Int32Array.of(1, 2),
  new Uint8Array(2),
  [1, 2],
] as unknown as Float32Array[]

/** Everything public that reads float32 values by their bits, or takes values to do so later. */
const READERS: Record<string, (x: Float32Array) => unknown> = {
  'Observer.observe': (x) => new Observer('pressure').observe(x),
  foldOf,
  'TorchHistogram.observe': (x) => new TorchHistogram().observe(x),
  'SensorObserver.observe': (x) => new SensorObserver().observe({ dtype: 'float32', shape: [2], data: x }),
  toFloat16,
  toBfloat16,
  toFloat8: (x) => toFloat8('float8e4m3fn', x),
  tensor: (x) => tensor('float32', [2], x),
}

describe.each(Object.entries(READERS))('%s', (_, read) => {
  test('takes a Float32Array, and a view into one', () => {
    read(Float32Array.of(1, 2))
    read(Float32Array.of(0, 1, 2).subarray(1))
  })

  test.each(OTHERS)('refuses any other array in one line (%#)', (x) => {
    expect(() => read(x)).toThrow(OctetError)
    expect(() => read(x)).toThrow(/came as|given its values as/)
  })
})

test('an observer given float64 says which tensor, and keeps its range', () => {
  const observer = new Observer('pressure')
  observer.observe(Float32Array.of(1, 2))
  expect(() => observer.observe(Float64Array.of(7, 8) as unknown as Float32Array)).toThrow(
    'values of "pressure" came as Float64Array, where a Float32Array is needed',
  )
  expect(observer.observation.range).toEqual({ min: 1, max: 2 })
})

test('tensors hold the array of their dtype', () => {
  expect(() => tensor('int8', [2], new Uint8Array(2) as unknown as Int8Array)).toThrow(/Uint8Array/)
  expect(tensor('uint8', [2], Buffer.from([1, 2])).data[1]).toBe(2)
})
