import {
  AFFINE_INT8,
  type Graph,
  listOf,
  lower,
  modelOf,
  observe,
  ptq,
  type Program,
  SYMMETRIC_INT8,
  tensor,
} from '@octet/core'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Plans } from '../src/device/plans.ts'
import { affordable, compilations, layOut, shadersOf } from '../src/program/compile.ts'
import { TuningMemory } from '../src/tune/memory.ts'
import { LEAST_LIMITS, type Target } from '../src/wgsl/target.ts'
import { NO_FEATURES } from './adapters.ts'
import { faultsOf, NVIDIA } from './null-device.ts'
import { PROFILES } from './profiles.ts'
import { dsCnn, resNet8 } from './small-networks.ts'
import { LONG } from './tier.ts'

const LAVAPIPE: Target = {
  ...NO_FEATURES,
  id: 'lavapipe',
  software: true,
  shaderF16: true,
  packedDot: true,
  subgroups: { min: 8, max: 8 },
}

/** What WebGPU guarantees of each adapter. */
const LIMITS = {
  maxBufferSize: 268_435_456,
  maxStorageBufferBindingSize: LEAST_LIMITS.storageBinding,
  maxUniformBufferBindingSize: 65_536,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupsPerDimension: 65_535,
} as GPUSupportedLimits

const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

async function programOf(graph: Graph, precision: 'int8' | 'fp32' | 'fp16'): Promise<Program> {
  const model = modelOf(graph)
  const options = { batch: 1, normalizer: RAW }
  if (precision !== 'int8') return lower({ precision, model }, options)
  const x = tensor('float32', [1, ...graph.inputs[0].shape])
  for (let i = 0; i < x.data.length; i++) x.data[i] = Math.sin(i)
  const weights = { ...SYMMETRIC_INT8, granularity: 'per-channel' } as const
  const observed = await observe(model, RAW, [x])
  return lower(ptq(model, observed, { calibration: 'minmax', activations: AFFINE_INT8, weights }), options)
}

function groundOf(target: Target) {
  return {
    device: { limits: LIMITS },
    target,
    plans: new Plans(LIMITS, { target, memory: new TuningMemory() }),
  }
}

const GRAPHS: Readonly<Record<string, Graph>> = { 'DS-CNN': dsCnn(), 'ResNet-8': resNet8() }
/** The counts that docs/performance.md shows. */
const { rows } = JSON.parse(
  readFileSync(new URL('../../../docs/data/dispatches.json', import.meta.url), 'utf8'),
) as { readonly rows: readonly (readonly [string, string, string, string, string])[] }
const COUNTS = rows.flatMap(([network, precisions, list, joined, whole]) =>
  precisions.split(', ').map((precision) => ({
    network,
    graph: GRAPHS[network],
    precision: precision.toLowerCase() as 'int8' | 'fp32' | 'fp16',
    list: Number(list),
    joined: Number(joined),
    whole: Number(whole),
  })),
)

describe.each([
  { adapter: 'lavapipe', target: LAVAPIPE },
  { adapter: 'a GPU', target: NVIDIA },
])('dispatches on $adapter', ({ target }) => {
  const ground = groundOf(target)

  test.each(COUNTS)('$network in $precision starts $joined in the place of $list', async (one) => {
    const list = listOf(await programOf(one.graph, one.precision))
    expect(compilations(list, ground)).toEqual(['joined', 'list', 'whole'])
    // A software adapter takes a minute for one function of so many steps, and a GPU does not.
    const triedIn = (ms: number) => affordable(list, ground, ms).includes('whole')
    expect([triedIn(10e3), triedIn(60e3)]).toEqual([!target.software, true])
    const counted = (name: 'joined' | 'list' | 'whole') => layOut(list, ground, name).parts.length
    expect([counted('list'), counted('joined'), counted('whole')]).toEqual([one.list, one.joined, one.whole])
  })
})

test.each(LONG ? PROFILES : PROFILES.slice(-1))(
  'chains have valid shaders within the least limits on $id',
  async (target) => {
    const ground = groundOf(target)
    let seen = 0
    for (const graph of [dsCnn(), resNet8()])
      for (const precision of ['int8', 'fp16'] as const) {
        const list = listOf(await programOf(graph, precision))
        for (const compilation of ['joined', 'whole'] as const)
          for (const code of shadersOf(list, ground, compilation)) {
            expect(await faultsOf(code), `${compilation} ${precision}`).toEqual([])
            expect(code.match(/var<storage/g)!.length).toBeLessThanOrEqual(8)
            seen++
          }
      }
    expect(seen).toBeGreaterThan(20)
  },
)
