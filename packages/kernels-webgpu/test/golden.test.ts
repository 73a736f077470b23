import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  roundToFloat16,
  tensor,
  type Constants,
  type GemmSpec,
  type KernelDevice,
  type Tensor,
} from '@octet/core'
import { afterAll, describe, expect, test } from 'vitest'
import { webgpuPackage } from '../src/package.ts'
import { open, variants } from './adapters.ts'

const folder = process.env['OCTET_GOLDEN'] ?? fileURLToPath(new URL('../../../golden', import.meta.url))

interface Encoded {
  readonly shape: number[]
  readonly b64: string
}
interface Vectors {
  readonly dot4: readonly { readonly a_u32: number; readonly b_u32: number; readonly dot4I8Packed: number }[]
  readonly gemm_s8: readonly { readonly a: Encoded; readonly b_nk: Encoded; readonly acc: Encoded }[]
  readonly gemm_u8s8: readonly {
    readonly a: Encoded
    readonly a_zero_point: number
    readonly b_nk: Encoded
    readonly acc: Encoded
  }[]
  readonly gemm_f16: readonly {
    readonly K: number
    readonly a_bits: Encoded
    readonly b_nk_bits: Encoded
    readonly y_f64: number[]
    readonly sum_abs_products: number[]
  }[]
}

const vectors = JSON.parse(readFileSync(`${folder}/gpu_vectors.json`, 'utf8')) as Vectors

describe.each(variants)('golden vectors on $id using $using', async (variant) => {
  const device = await open(variant.id, webgpuPackage(variant.features))
  afterAll(async () => device.dispose())

  test('packed dot products are the recorded ones', async () => {
    const pairs = vectors.dot4
    const words = (key: 'a_u32' | 'b_u32') =>
      tensor('int8', [pairs.length, 4], new Int8Array(Uint32Array.from(pairs, (pair) => pair[key]).buffer))
    const b = words('b_u32')
    for (const [i, { dot4I8Packed }] of pairs.entries()) {
      const a = row(words('a_u32'), i)
      const column = row(b, i)
      await expectSums(device, a, column, Int32Array.of(dot4I8Packed), 0)
    }
  })

  test('int8 sums are the recorded ones, to the unit', async () => {
    for (const { a, b_nk: b, acc } of vectors.gemm_s8)
      await expectSums(device, int8(a), int8(b), new Int32Array(bytes(acc)), 0)
  })

  test('uint8 activations shifted to int8 give the recorded sums through the zero point', async () => {
    for (const { a, b_nk: b, acc, a_zero_point: zeroPoint } of vectors.gemm_u8s8) {
      const shifted = Int8Array.from(new Uint8Array(bytes(a)), (value) => value - 128)
      const x = tensor('int8', a.shape, shifted)
      await expectSums(device, x, int8(b), new Int32Array(bytes(acc)), zeroPoint - 128)
    }
  })

  test('float16 products summed in float32 stay within the recorded bound, and are rounded once', async () => {
    for (const { K, a_bits: a, b_nk_bits: b, y_f64: exact, sum_abs_products: sums } of vectors.gemm_f16) {
      const x = tensor('float16', a.shape, new Uint16Array(bytes(a)))
      const weight = tensor('float16', b.shape, new Uint16Array(bytes(b)))
      const bias = new Float32Array(b.shape[0])
      const constants: Constants = { kind: 'float-weights', weight, bias, clamp: [-Infinity, Infinity] }
      const single = await run(device, gemm(x, weight, 'float32'), x, constants)
      for (const [i, value] of single.data.entries())
        expect(Math.abs(value - exact[i])).toBeLessThanOrEqual(K * 2 ** -24 * sums[i])
      const half = await run(device, gemm(x, weight, 'float16'), x, constants)
      expect([...half.data]).toEqual(Array.from(single.data, (value) => roundToFloat16(value)))
    }
  })
})

/**
 * Checks int32 sums that a kernel never shows: with a bias of n - expected, column n comes out as n exactly when the
 * sum is the expected one, and differs (or saturates) when it is off by any amount.
 */
async function expectSums(
  device: KernelDevice,
  a: Tensor<'int8'>,
  weight: Tensor<'int8'>,
  expected: Int32Array,
  inputZeroPoint: number,
): Promise<void> {
  const columns = weight.shape[0]
  for (let m = 0; m < a.shape[0]; m++) {
    const x = row(a, m)
    const y = await run(device, gemm(x, weight, 'int8'), x, {
      kind: 'int-weights',
      weight,
      bias: Int32Array.from({ length: columns }, (_, n) => (n % 100) - expected[m * columns + n]),
      multiplier: new Float32Array(columns).fill(1),
      inputZeroPoint,
      weightZeroPoints: new Int32Array(columns),
      outputZeroPoint: 0,
      clamp: [-128, 127],
    })
    expect([...y.data]).toEqual(Array.from({ length: columns }, (_, n) => n % 100))
  }
}

async function run(device: KernelDevice, spec: GemmSpec, x: Tensor, constants: Constants): Promise<Tensor> {
  const op = await device.prepare(spec, constants)
  const input = device.alloc(spec.inputs[0])
  const output = device.alloc(spec.output)
  await device.write(input, x)
  await device.submit([{ op, inputs: [input], output }])
  const y = await device.read(output)
  device.free(input)
  device.free(output)
  device.release(op)
  return y
}

function gemm(x: Tensor, weight: Tensor, dtype: 'int8' | 'float16' | 'float32'): GemmSpec {
  const output = { dtype, shape: [x.shape[0], weight.shape[0]] }
  return { op: 'Gemm', inputs: [{ dtype: x.dtype, shape: x.shape }], output, weightZeroPoints: false }
}

function row({ shape, data }: Tensor<'int8'>, index: number): Tensor<'int8'> {
  return tensor('int8', [1, shape[1]], data.slice(index * shape[1], (index + 1) * shape[1]))
}

function int8(encoded: Encoded): Tensor<'int8'> {
  return tensor('int8', encoded.shape, new Int8Array(bytes(encoded)))
}

function bytes({ b64 }: Encoded): ArrayBuffer {
  return Uint8Array.from(Buffer.from(b64, 'base64')).buffer
}
