import {
  openReference,
  tensor,
  type Constants,
  type GemmSpec,
  type KernelDevice,
  type MatMulSpec,
  type Tensor,
} from '@octet/core'
import { afterAll, describe, expect, test } from 'vitest'
import { webgpuPackage } from '../src/package.ts'
import { open, variants } from './adapters.ts'

/** Depths around what float32 counts exactly, and rows and outputs that fill no tile. */
const GEMMS = [
  { rows: 1, depth: 2048, outputs: 37 },
  { rows: 5, depth: 1030, outputs: 9 },
  { rows: 33, depth: 2064, outputs: 37 },
  { rows: 70, depth: 1032, outputs: 6 },
]

describe.each(variants)('on $id using $using', async ({ id, features }) => {
  const device = await open(id, webgpuPackage(features))
  const reference = openReference()
  afterAll(async () => device.dispose())

  test.each(
    GEMMS.flatMap(({ rows, depth, outputs }) => [8, 4].map((bits) => ({ rows, depth, outputs, bits }))),
  )(
    'every variant of Gemm $rows x $depth x $outputs sums extreme products by $bits-bit weights exactly',
    async ({ rows, depth, outputs, bits }) => {
      const spec: GemmSpec = {
        op: 'Gemm',
        inputs: [{ dtype: 'int8', shape: [rows, depth] }],
        output: { dtype: 'int8', shape: [rows, outputs] },
        weightZeroPoints: bits === 8,
        ...(bits === 4 && { weightBits: 4 }),
      }
      const [low, high] = bits === 4 ? [-8, 7] : [-128, 127]
      const constants: Constants = {
        kind: 'int-weights',
        weight: extremes([outputs, depth], low, high),
        bias: Int32Array.from({ length: outputs }, (_, m) => 1000 * m),
        multiplier: new Float32Array(outputs).fill(40 / (depth * 128 * high)),
        inputZeroPoint: -128,
        weightZeroPoints: Int32Array.from({ length: outputs }, (_, m) => (bits === 8 ? (m % 5) - 2 : 0)),
        outputZeroPoint: 3,
        clamp: [-128, 127],
      }
      await expectEqual(device, reference, spec, constants, [extremes([rows, depth], -128, 127)])
    },
  )

  test.each([
    { rows: 3, depth: 301, columns: 5 },
    { rows: 19, depth: 1030, columns: 41 },
  ])(
    'every variant of MatMul $rows x $depth x $columns sums extreme products exactly',
    async ({ rows, depth, columns }) => {
      const spec: MatMulSpec = {
        op: 'MatMul',
        inputs: [
          { dtype: 'int8', shape: [rows, depth] },
          { dtype: 'int8', shape: [depth, columns] },
        ],
        output: { dtype: 'int8', shape: [rows, columns] },
      }
      const constants: Constants = {
        kind: 'int-matmul',
        multiplier: 120 / (depth * 255 * 255),
        aZeroPoint: -128,
        bZeroPoint: 127,
        outputZeroPoint: 100,
        clamp: [-128, 127],
      }
      const inputs = [extremes([rows, depth], -128, 127), extremes([depth, columns], -128, 127)]
      await expectEqual(device, reference, spec, constants, inputs)
    },
  )
})

/** Runs of both extremes, so that sums go far before they turn. */
function extremes(shape: readonly [number, number], low: number, high: number): Tensor<'int8'> {
  const data = Int8Array.from({ length: shape[0] * shape[1] }, (_, at) =>
    (at * at + at) % 7 < 5 ? low : high,
  )
  return tensor('int8', shape, data)
}

async function expectEqual(
  device: KernelDevice,
  reference: KernelDevice,
  spec: GemmSpec | MatMulSpec,
  constants: Constants,
  inputs: readonly Tensor[],
): Promise<void> {
  const wanted = await run(reference, spec, constants, inputs)
  expect(new Set(wanted.data).size).toBeGreaterThan(1)
  for (const variant of device.variants?.(spec) ?? [])
    expect(await run(device, spec, constants, inputs, variant), variant).toEqual(wanted)
}

async function run(
  device: KernelDevice,
  spec: GemmSpec | MatMulSpec,
  constants: Constants,
  inputs: readonly Tensor[],
  variant?: string,
): Promise<Tensor> {
  const op = await device.prepare(spec, constants, variant)
  const tensors = spec.inputs.map((input) => device.alloc(input))
  for (const [index, input] of inputs.entries()) await device.write(tensors[index], input)
  const output = device.alloc(spec.output)
  await device.submit([{ op, inputs: tensors, output }])
  const y = await device.read(output)
  for (const one of [...tensors, output]) device.free(one)
  device.release(op)
  return y
}
