import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { elements, load, lower, modelOf, openReference, type Graph } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { exportOnnx, importOnnx } from '../src/index.ts'
import { CONVERTED, GRAPHS, numbers } from './graphs.ts'

const ALL = [...GRAPHS, CONVERTED]

/**
 * Outputs of onnxruntime-web 1.30.0 for the exported graphs. It is too large to be a dependency: to record them again,
 * install it in any folder and run this test with OCTET_ONNXRUNTIME=<that folder> and --update.
 */
const FIXTURE = join(import.meta.dirname, 'fixtures/onnxruntime.json')
const BATCH = 3
const folder = process.env['OCTET_ONNXRUNTIME']

interface Runtime {
  InferenceSession: { create(model: Uint8Array): Promise<Session> }
  Tensor: new (dtype: 'float32', data: Float32Array, shape: number[]) => unknown
}
interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array }>>
}

function inputOf(graph: Graph): { shape: number[]; data: Float32Array } {
  const shape = [BATCH, ...graph.inputs[0].shape]
  return { shape, data: numbers(shape, 99).data }
}

async function runHere(graph: Graph): Promise<Float32Array> {
  const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: BATCH, normalizer })
  const execution = await load(program, openReference())
  const { data } = await execution.run({ dtype: 'float32', ...inputOf(graph) })
  await execution.dispose()
  return data
}

describe('an exported graph', () => {
  const recorded = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Record<string, number[]>

  it.each(ALL.map((graph) => [graph.name, graph] as const))(
    'computes what ONNX Runtime computes from its file: %s',
    async (name, graph) => {
      const here = await runHere(importOnnx(exportOnnx(graph)))
      expect(here).toHaveLength(recorded[name].length)
      // Float32 sums of at most 64 products, in another order.
      here.forEach((value, i) => expect(Math.abs(value - recorded[name][i])).toBeLessThanOrEqual(1e-5))
    },
  )

  it.skipIf(folder === undefined)(
    'is run by ONNX Runtime itself (skipped without OCTET_ONNXRUNTIME)',
    async () => {
      const entry = createRequire(join(folder!, 'package.json')).resolve('onnxruntime-web')
      const { InferenceSession, Tensor } = (await import(pathToFileURL(entry).href)) as Runtime
      const outputs: Record<string, number[]> = {}
      for (const graph of ALL) {
        const session = await InferenceSession.create(exportOnnx(graph))
        const { shape, data } = inputOf(graph)
        const result = await session.run({ x: new Tensor('float32', data, shape) })
        outputs[graph.name] = [...result[graph.output].data]
        expect(outputs[graph.name].length % elements([BATCH])).toBe(0)
      }
      await expect(`${JSON.stringify(outputs)}\n`).toMatchFileSnapshot(FIXTURE)
    },
  )
})
