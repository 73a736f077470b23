import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inferShapes, lower, type QuantizedModel } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { encodeOnnx, quantizedOnnx, type OnnxGraph } from '../../src/index.ts'
import { GRAPHS } from '../graphs.ts'
import { BATCH, quantized, RAW, samplesOf } from './models.ts'
import { integersOf } from './traced.ts'

/**
 * Integers of every tensor as onnxruntime-web 1.30.0 computes them with its default optimizations. To record them
 * again, install it in any folder and run this test with OCTET_ONNXRUNTIME=<that folder> and --update.
 */
const FIXTURE = join(import.meta.dirname, '../fixtures/onnxruntime-quantized.json')
const folder = process.env['OCTET_ONNXRUNTIME']

/**
 * Integers that differ from Octet's, of how many, by graph; graphs that are not here have none. ONNX Runtime's average
 * pools and its LayerNormalization round in another order than Octet's.
 */
const DIFFERING: Readonly<Record<string, readonly [differing: number, of: number]>> = {
  pools: [2, 466],
  rows: [3, 424],
}

interface Runtime {
  InferenceSession: { create(model: Uint8Array): Promise<Session> }
  Tensor: new (dtype: 'float32', data: Float32Array, shape: readonly number[]) => unknown
}
interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: Uint8Array }>>
}

const ending = '.quantized'

/** The graph with the integers of all tensors as outputs too, as far as the model has those tensors. */
function withIntegers(model: QuantizedModel): OnnxGraph {
  const graph = quantizedOnnx(model, { target: 'ort' })
  const shapes = inferShapes(model.model.graph, BATCH)
  const outputs = graph.nodes.flatMap(({ op, outputs: [name] }) => {
    const shape = shapes.get(name.slice(0, -ending.length))
    return op === 'QuantizeLinear' && shape !== undefined ? [{ name, dtype: 'uint8' as const, shape }] : []
  })
  const inputs = graph.inputs.map((input) =>
    Object.assign({}, input, { shape: [BATCH, ...input.shape.slice(1)] }),
  )
  return { ...graph, inputs, outputs }
}

type Recorded = Record<string, Record<string, number[]>>

describe('a quantized graph in ONNX Runtime', () => {
  it.each(GRAPHS.map((graph) => [graph.name, graph] as const))(
    'has the integers of Octet: %s',
    async (name, graph) => {
      const recorded = (JSON.parse(readFileSync(FIXTURE, 'utf8')) as Recorded)[name]
      const model = await quantized(graph)
      const octet = integersOf(lower(model, { batch: BATCH, normalizer: RAW }), samplesOf(graph, 31))
      const { outputs } = withIntegers(model)
      expect(Object.keys(recorded)).toEqual(outputs.map((output) => output.name))
      let [differing, of] = [0, 0]
      for (const [tensor, integers] of Object.entries(recorded)) {
        const expected = octet.get(tensor.slice(0, -ending.length))!
        expect(integers).toHaveLength(expected.length)
        of += integers.length
        integers.forEach((value, i) => (differing += Number(value - 128 !== expected[i])))
      }
      expect([differing, of]).toEqual(DIFFERING[name] ?? [0, of])
    },
  )

  it.skipIf(folder === undefined)(
    'is run by ONNX Runtime itself (skipped without OCTET_ONNXRUNTIME)',
    async () => {
      const entry = createRequire(join(folder!, 'package.json')).resolve('onnxruntime-web')
      const { InferenceSession, Tensor } = (await import(pathToFileURL(entry).href)) as Runtime
      const all: Recorded = {}
      for (const graph of GRAPHS) {
        const whole = withIntegers(await quantized(graph))
        const session = await InferenceSession.create(encodeOnnx(whole))
        const { shape, data } = samplesOf(graph, 31)
        const outputs = await session.run({ x: new Tensor('float32', data, shape) })
        all[graph.name] = Object.fromEntries(whole.outputs.map(({ name }) => [name, [...outputs[name].data]]))
      }
      await expect(`${JSON.stringify(all)}\n`).toMatchFileSnapshot(FIXTURE)
    },
  )
})
