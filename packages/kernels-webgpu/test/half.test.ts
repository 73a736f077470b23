import { fromFloat16, roundToFloat16, tensor, type Constants, type OpSpec, type Tensor } from '@octet/core'
import { describe, expect, test } from 'vitest'
import { webgpuPackage } from '../src/package.ts'
import { adapters, open } from './adapters.ts'

const HALVES = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
  (bits) => (bits & 0x7fff) <= 0x7c00,
)

/** Every half, every midpoint between neighbours, and the float32 on either side of each; both signs. */
function hardFloats(): Float32Array {
  const values = fromFloat16(HALVES.slice(0, 0x7c01))
  values[0x7c00] = 65536
  const hard: number[] = []
  for (let i = 0; i < 0x7c00; i++)
    for (const exact of [values[i], (values[i] + values[i + 1]) / 2])
      hard.push(exact, below(exact), above(exact))
  hard.push(65520, 65519.99, 1e6, 3.4e38, Infinity, 2 ** -25, 2 ** -26, 1e-40, 1.4e-45)
  return Float32Array.from(hard.flatMap((value) => [value, -value]))
}

function above(value: number): number {
  return neighbour(value, 1)
}

function below(value: number): number {
  return value === 0 ? 0 : neighbour(value, -1)
}

function neighbour(value: number, step: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  view.setUint32(0, view.getUint32(0) + step)
  return view.getFloat32(0)
}

async function apply(
  id: string,
  shaderF16: boolean,
  spec: OpSpec,
  constants: Constants,
  input: Tensor,
): Promise<Tensor> {
  const device = await open(id, webgpuPackage({ shaderF16 }))
  const op = await device.prepare(spec, constants)
  const x = device.alloc(spec.inputs[0])
  const y = device.alloc(spec.output)
  await device.write(x, input)
  await device.submit([{ op, inputs: [x], output: y }])
  const output = await device.read(y)
  await device.dispose()
  return output
}

describe.each(adapters)('halves on $id', ({ id, features }) => {
  const natively = features.includes('shader-f16') ? [true, false] : [false]

  test.each(natively)(
    'float32 is rounded to the nearest half, ties to even, overflow to infinity, subnormals kept (shader-f16: %s)',
    async (shaderF16) => {
      const hard = hardFloats()
      const input = tensor('float32', [1, hard.length], hard)
      const spec: OpSpec = {
        op: 'Normalize',
        inputs: [input],
        output: { dtype: 'float16', shape: input.shape },
      }
      const identity: Constants = { kind: 'normalize', offset: Float32Array.of(0), scale: Float32Array.of(1) }
      const { data } = await apply(id, shaderF16, spec, identity, input)
      const wrong = [...hard.entries()].filter(([i, value]) => !sameHalf(data[i], roundToFloat16(value)))
      expect(wrong.slice(0, 8)).toEqual([])
    },
  )

  test.each(natively)('every half survives a load and a store (shader-f16: %s)', async (shaderF16) => {
    const input = tensor('float16', [1, HALVES.length], HALVES)
    const spec: OpSpec = { op: 'Clip', inputs: [input], output: { dtype: 'float16', shape: input.shape } }
    const open: Constants = { kind: 'clamp', clamp: [-Infinity, Infinity] }
    const { data } = await apply(id, shaderF16, spec, open, input)
    expect([...HALVES].filter((bits, i) => !sameHalf(data[i], bits))).toEqual([])
  })
})

/** Subtracting an offset of 0 may turn -0 into 0. */
function sameHalf(a: number, b: number): boolean {
  return a === b || ((a | b) & 0x7fff) === 0
}
