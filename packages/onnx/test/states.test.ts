import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, lower, modelOf, openReference, tensor, type Graph } from '@octet/core'
import { expect, it } from 'vitest'
import { exportOnnx, importOnnx } from '../src/index.ts'
import { floats, longs, model, node, value } from './models.ts'

const SILERO = join(import.meta.dirname, '../../../../shared/onnx-real/silero-v5/model_fp32.onnx')

/** h = s / 2 + x for both rows of the state [2, 1, 2], of which the model yields the second; it counts beside. */
const BYTES = model({
  nodes: [
    node('Mul', ['s', 'half'], 'faded'),
    node('Add', ['faded', 'x'], 'h'),
    node('Slice', ['h', 'from', 'to', 'axis'], 'y'),
    node('Add', ['count', 'half'], 'counted'),
  ],
  initializers: [floats('half', [1], [0.5]), longs('from', [1]), longs('to', [2]), longs('axis', [0])],
  inputs: [value('count', [1]), value('s', [2, 1, 2]), value('x', [1, 2])],
  outputs: [value('y', [1, 1, 2]), value('h', [2, 1, 2]), value('counted', [1])],
})

async function outputsOf(graph: Graph, samples: readonly Float32Array[]): Promise<number[][]> {
  const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer })
  const execution = await load(program, openReference())
  const outputs: number[][] = []
  for (const x of samples) outputs.push([...(await execution.run(tensor('float32', [1, x.length], x))).data])
  await execution.dispose()
  return outputs
}

it('carries an output to an input, in the shape of the file, and drops states that nothing wanted reads', async () => {
  const states = new Map([
    ['s', 'h'],
    ['count', 'counted'],
  ])
  const graph = importOnnx(BYTES, { states, output: 'y' })
  expect(graph).toMatchObject({ batch: 'one', states: [{ input: 's' }] })
  expect(graph.inputs).toEqual([
    { name: 's', shape: [2, 1, 2] },
    { name: 'x', shape: [2] },
  ])
  const samples = [Float32Array.of(1, 2), Float32Array.of(4, 8), Float32Array.of(0, 0)]
  const expected = [
    [1, 2],
    [4.5, 9],
    [2.25, 4.5],
  ]
  expect(await outputsOf(graph, samples)).toEqual(expected)
  const written = importOnnx(exportOnnx(graph), {
    states: new Map(graph.states!.map(({ input, output }) => [input, output])),
    output: graph.output,
  })
  expect(await outputsOf(written, samples)).toEqual(expected)
})

it.each<[input: string, output: string, message: string, set?: string]>([
  ['q', 'h', 'the model has no input "q" to carry a state'],
  ['s', 'q', 'the model has no output "q" to carry to input "s"'],
  ['s', 'y', 'output "y" [1, 1, 2] is of another shape than input "s" [2, 1, 2]'],
  ['s', 'h', 'input "s" is a constant and carries no state', 's'],
])('refuses %s=%s: %s', (input, output, message, set) => {
  const fixed = new Map(set === undefined ? [] : [[set, { shape: [], values: [0] }]])
  expect(() => importOnnx(BYTES, { states: new Map([[input, output]]), set: fixed, output: 'y' })).toThrow(
    message,
  )
})

it.skipIf(!existsSync(SILERO))('hears what ONNX Runtime hears (skipped without ../shared)', async () => {
  const graph = importOnnx(readFileSync(SILERO), {
    set: new Map([['sr', { shape: [], values: [16_000] }]]),
    states: new Map([['state', 'stateN']]),
    sampleOf: () => [512],
  })
  const samples = [1, 2, 3, 4].map((pitch) =>
    Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * pitch * 0.05) * 0.5),
  )
  // Of onnxruntime-web 1.30.0, its state handed on.
  const heard = [0.1877499222755432, 0.05422624945640564, 0.3702443242073059, 0.22964933514595032]
  for (const [t, [y]] of (await outputsOf(graph, samples)).entries()) expect(y).toBeCloseTo(heard[t], 5)
})
