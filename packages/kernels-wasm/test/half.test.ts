import { fromFloat16, type KernelDevice, isDevice, toFloat16, type TensorSpec } from '@octet/core'
import wasm from '../dist/index.js'
import { afterAll, expect, test } from 'vitest'

const opened = await wasm.open({ runtime: 'node', adapter: 'wasm-1-thread' })
if (!isDevice(opened)) throw new Error(opened.unavailable)
const device: KernelDevice = opened
afterAll(async () => device.dispose())

/** float32 to halves in the kernels: a Normalize that changes nothing else. */
async function narrowed(values: Float32Array): Promise<Uint16Array> {
  const shape = [1, values.length]
  const [from, to]: TensorSpec[] = [
    { dtype: 'float32', shape },
    { dtype: 'float16', shape },
  ]
  const one = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
  const op = await device.prepare(
    { op: 'Normalize', inputs: [from], output: to },
    { kind: 'normalize', ...one },
  )
  const [x, y] = [device.alloc(from), device.alloc(to)]
  await device.write(x, { dtype: 'float32', shape, data: values })
  await device.submit([{ op, inputs: [x], output: y }])
  const { data } = await device.read(y)
  for (const held of [x, y]) device.free(held)
  device.release(op)
  return data as Uint16Array
}

const HALVES = Uint16Array.from({ length: 65536 }, (_, bits) => bits)

test('every half is widened exactly', async () => {
  const spec: TensorSpec = { dtype: 'float16', shape: [1, 65536] }
  const all = { dtype: 'float16', shape: spec.shape, data: HALVES } as const
  const op = await device.prepare(
    { op: 'Clip', inputs: [spec], output: spec },
    { kind: 'clamp', clamp: [-Infinity, Infinity] },
  )
  const [x, y] = [device.alloc(spec), device.alloc(spec)]
  await device.write(x, all)
  await device.submit([{ op, inputs: [x], output: y }])
  const { data } = await device.read(y)
  const numbers = HALVES.filter((bits) => (bits & 0x7fff) <= 0x7c00)
  expect(numbers.every((bits) => data[bits] === bits)).toBe(true)
})

test('every half, and what lies at and beside the middle of two, is rounded as core rounds', async () => {
  const exact = fromFloat16(HALVES.filter((bits) => (bits & 0x7fff) < 0x7c00))
  const bits = new Int32Array(exact.buffer)
  for (const offset of [0, 1, -1, 0xfff, 0x1000, 0x1001, 0x1fff]) {
    const values = new Float32Array(bits.map((value) => value + offset).buffer)
    const finite = values.filter((value) => !Number.isNaN(value))
    expect(await narrowed(finite)).toEqual(toFloat16(finite))
  }
})

test('subnormal halves are rounded to even, and what overflows is infinite', async () => {
  const steps = Float32Array.from({ length: 4100 }, (_, i) => i * 2 ** -26)
  expect(await narrowed(steps)).toEqual(toFloat16(steps))
  const large = Float32Array.of(65504, 65519.996, 65520, 1e30, Infinity, -65520, -Infinity, -0, 1e-30)
  expect(await narrowed(large)).toEqual(toFloat16(large))
  expect(await narrowed(Float32Array.of(NaN))).toEqual(toFloat16(Float32Array.of(NaN)))
})
