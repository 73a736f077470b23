import {
  AFFINE_INT8,
  isDevice,
  load,
  lower,
  type MatMulSpec,
  modelOf,
  observe,
  openReference,
  ptq,
  SYMMETRIC_INT8,
  tensor,
} from '@octet/core'
import { GraphBuilder } from '@octet/train'
import { afterAll, expect, test } from 'vitest'
import wasm from '../dist/index.js'

const device = await wasm.open({ runtime: 'node', adapter: 'wasm' })
if (!isDevice(device)) throw new Error(device.unavailable)
afterAll(() => device.dispose())

test('60,000 products by 1e-6 and a bias of 0.033 come to 0.0930, as on the reference', async () => {
  const k = 60_000
  const graph = new GraphBuilder('wide', [k], 1).gemm(1).graph()
  const [, weight, bias] = graph.nodes[0].inputs
  const initializers = new Map([
    [weight, tensor('float32', [1, k], new Float32Array(k).fill(1e-6))],
    [bias, tensor('float32', [1], Float32Array.of(0.033))],
  ])
  const model = modelOf({ ...graph, initializers })
  const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
  const x = tensor('float32', [1, k], new Float32Array(k).fill(1))
  const quantized = ptq(model, await observe(model, normalizer, [x]), {
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, granularity: 'per-channel' },
  })
  const program = lower(quantized, { batch: 1, normalizer })
  for (const on of [openReference(), device]) {
    const execution = await load(program, on)
    expect(execution.fallbackOps).toEqual([])
    expect((await execution.run(x)).data[0]).toBeCloseTo(0.093, 4)
    await execution.dispose()
  }
})

test('a MatMul whose sums could leave int32 is declined, and only in int8', () => {
  const spec = (k: number, dtype: 'int8' | 'float32'): MatMulSpec => ({
    op: 'MatMul',
    inputs: [
      { dtype, shape: [1, k] },
      { dtype, shape: [k, 1] },
    ],
    output: { dtype, shape: [1, 1] },
  })
  expect(device.supports(spec(33_025, 'int8'))).toBe(true)
  expect(device.supports(spec(33_026, 'int8'))).toEqual({ reason: expect.stringContaining('33026 products') })
  expect(device.supports(spec(33_100, 'float32'))).toBe(true)
})
