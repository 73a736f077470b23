import { setFlagsFromString } from 'node:v8'
import { type Constants, isDevice, type KernelDevice, type OpSpec, tensor } from '@octet/core'
import { inexactness, runConformance } from '@octet/core/conformance'
import wasm from '../dist/index.js'
import { afterAll, expect, test } from 'vitest'
import { run } from './devices.ts'

// Node 20 has relaxed SIMD behind a flag.
if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd')

const host = { runtime: 'node', adapter: 'auto' } as const
const adapters = (await wasm.adapters?.(host)) ?? []
const fused = adapters.filter((info) => inexactness(info) !== undefined)

async function open(adapter: string): Promise<KernelDevice> {
  const opened = await wasm.open({ runtime: 'node', adapter })
  if (!isDevice(opened)) throw new Error(opened.unavailable)
  kept.push(opened)
  return opened
}

const kept: KernelDevice[] = []
afterAll(async () => {
  for (const device of kept) await device.dispose()
})

test.skipIf(fused.length === 0)('devices with fused floats come last, and only by their names', async () => {
  expect(adapters.map(({ id }) => id)).toEqual([
    ...adapters.slice(0, -fused.length).map(({ id }) => id),
    ...fused.map(({ id }) => id),
  ])
  for (const adapter of ['auto', 'software', 'wasm', '1 thread', 'simd'])
    expect((await open(adapter)).info.id).not.toContain('fused')
  expect((await open('wasm-fused')).info.modes['fp32']).toContain('fused')
  expect((await open('wasm-1-thread-fused')).info.name).toContain('1 thread')
})

test.each(fused.map(({ id }) => id))(
  'the floats of %s are within the bounds of the kit, and its integers are equal',
  async (adapter) => {
    // The other ops have the kernels of every device.
    const ops = ['Conv', 'Gemm', 'MatMul'] as const
    const { results } = await runConformance(wasm, { host: { runtime: 'node', adapter }, ops })
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(50)
  },
)

test.skipIf(fused.length === 0)(
  'a product and its sum are rounded once, and nothing else changes',
  async () => {
    // 1 + 2^-12 squared, less what float32 keeps of it, is 2^-24: lost where the product is rounded by itself.
    const x = 1 + 2 ** -12
    const gemm = (k: number): { spec: OpSpec; constants: Constants } => ({
      spec: {
        op: 'Gemm',
        inputs: [{ dtype: 'float32', shape: [1, k] }],
        output: { dtype: 'float32', shape: [1, 8] },
        weightZeroPoints: false,
      },
      constants: {
        kind: 'float-weights',
        weight: tensor(
          'float32',
          [8, k],
          Float32Array.from({ length: 8 * k }, (_, i) => (i % k === 0 ? -1 : x)),
        ),
        bias: new Float32Array(8),
        clamp: [-Infinity, Infinity],
      },
    })
    const input = tensor('float32', [1, 2], Float32Array.of(1 + 2 ** -11, x))
    const answers: number[] = []
    for (const adapter of ['wasm-1-thread', 'wasm-1-thread-fused'])
      answers.push((await run(await open(adapter), { ...gemm(2), x: input })).data[0])
    expect(answers).toEqual([0, 2 ** -24])
  },
)
