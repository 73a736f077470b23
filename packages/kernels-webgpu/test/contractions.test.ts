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
import { compiling, open, targetOf } from './adapters.ts'
import { tierOf } from './tier.ts'

interface Product {
  readonly spec: GemmSpec | MatMulSpec
  readonly constants: Constants
  readonly inputs: readonly Tensor[]
}

/** Depths around what float32 counts exactly, and rows and outputs that fill no tile. */
const GEMMS = [
  { rows: 1, depth: 2048, outputs: 37 },
  { rows: 5, depth: 1030, outputs: 9 },
  { rows: 33, depth: 2064, outputs: 37 },
  { rows: 70, depth: 1032, outputs: 6 },
].flatMap((size) => ([8, 4] as const).map((bits) => gemm({ ...size, bits })))

const MATMULS = [
  { rows: 3, depth: 301, columns: 5 },
  { rows: 19, depth: 1030, columns: 41 },
].map(matMul)

describe.each(compiling)('on $id using $using', async ({ id, features }) => {
  const device = await open(id, webgpuPackage(features))
  const reference = openReference()
  const target = await targetOf(id, features)
  afterAll(async () => device.dispose())

  test.each([
    { op: 'Gemm', products: GEMMS },
    { op: 'MatMul', products: MATMULS },
  ])('$op sums extreme products exactly by every strategy', async ({ products }) => {
    const inTier = tierOf(
      products.map(({ spec }) => spec),
      target,
    )
    const tried = new Set<string>()
    for (const product of products) {
      const wanted = await run(reference, product)
      expect(new Set(wanted.data).size).toBeGreaterThan(1)
      const names = device.variants?.(product.spec) ?? []
      for (const variant of names.filter((name) => inTier(product.spec, name))) {
        const { inputs, output } = product.spec
        const what =
          `${inputs.map(({ shape }) => shape.join('x')).join(' by ')} to ${output.shape.join('x')} by ` +
          variant
        expect(await run(device, product, variant), what).toEqual(wanted)
        tried.add(variant)
      }
    }
    expect(tried).toContain('direct')
    expect(tried.size).toBeGreaterThan(target.subgroups === undefined && products === MATMULS ? 0 : 1)
  })
})

/** With weight zero points by 8 bits, without by 4. */
function gemm({
  rows,
  depth,
  outputs,
  bits,
}: Record<'rows' | 'depth' | 'outputs', number> & { bits: 8 | 4 }): Product {
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
  return { spec, constants, inputs: [extremes([rows, depth], -128, 127)] }
}

function matMul({ rows, depth, columns }: Record<'rows' | 'depth' | 'columns', number>): Product {
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
  return {
    spec,
    constants,
    inputs: [extremes([rows, depth], -128, 127), extremes([depth, columns], -128, 127)],
  }
}

/** Runs of both extremes, so that sums go far before they turn. */
function extremes(shape: readonly [number, number], low: number, high: number): Tensor<'int8'> {
  const data = Int8Array.from({ length: shape[0] * shape[1] }, (_, at) =>
    (at * at + at) % 7 < 5 ? low : high,
  )
  return tensor('int8', shape, data)
}

async function run(
  device: KernelDevice,
  { spec, constants, inputs }: Product,
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
