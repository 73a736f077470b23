import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { elements, load, lower, modelOf, openReference, sqnrDb, tensor, type Shape } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { blockersOf, importOnnx, type ImportOptions } from '../src/index.ts'

// Models as their authors publish them, with one set of inputs and ONNX Runtime's outputs: see the folder's README.

const FOLDER = join(import.meta.dirname, '../../../../shared/onnx-real')
const LONG = process.env['OCTET_TESTS'] === 'long'
const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
/** Models that take less than a second on the reference. */
const SMALL: ReadonlySet<string> = new Set(
  'atmega-mnist mnist-8 oww-alexa oww-hey_rhasspy tfl-hello-sine mnist-quantized'.split(' '),
)
const LEAST_SQNR: Readonly<Record<string, number>> = { 'silero-v5': 80 }
/** Its output is rounding noise. */
const MOST_ERROR: Readonly<Record<string, number>> = { 'ppocr-v4-det': 2e-7 }
const SET: Readonly<Record<string, ImportOptions['set']>> = {
  'silero-v5': new Map([['sr', { shape: [], values: [16_000] }]]),
}

interface Array32 {
  readonly shape: Shape
  readonly data: Float32Array
}

/** An NPY file of float32 in C order, as the folder has them. */
function readArray(path: string): Array32 {
  const bytes = readFileSync(path)
  const start = 10 + bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, start)
  const sizes = /'shape': \(([^)]*)\)/u.exec(header)![1]
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number)
  return {
    shape,
    data: new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length)),
  }
}

interface Tensors {
  readonly name: string
  readonly shape: Shape
  readonly dtype: string
  readonly file: string
}

const models = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'io.json')))
  : []

describe.skipIf(models.length === 0)('models as their authors publish them', () => {
  const networks = models.filter((name) => name !== 'tree-ensemble' && (LONG || SMALL.has(name)))

  it('that are no networks are refused by name', () => {
    const bytes = readFileSync(join(FOLDER, 'tree-ensemble/model_fp32.onnx'))
    expect(() => importOnnx(bytes)).toThrow('TreeEnsembleClassifier')
    expect(blockersOf(bytes)).toHaveLength(1)
  })

  it.for(networks)('%s computes what ONNX Runtime computes', { timeout: 600_000 }, async (name) => {
    const folder = join(FOLDER, name)
    const io = JSON.parse(readFileSync(join(folder, 'io.json'), 'utf8')) as {
      inputs: Tensors[]
      outputs: Tensors[]
    }
    const bytes = readFileSync(join(folder, 'model_fp32.onnx'))
    // A state is whole in each sample; the other inputs have the samples along their first axis.
    const shapes = new Map(
      io.inputs.map(({ name, shape }) => [name, name === 'state' ? shape : shape.slice(1)]),
    )
    const [{ name: output, file }] = io.outputs
    const options: ImportOptions = {
      output,
      set: SET[name] ?? new Map(),
      sampleOf: (input) => shapes.get(input),
    }
    const graph = importOnnx(bytes, options)
    const arrays = graph.inputs.map((input) =>
      readArray(join(folder, io.inputs.find((one) => one.name === input.name)!.file)),
    )
    const samples = arrays[0].data.length / elements(graph.inputs[0].shape)
    const batch = graph.batch === 'one' ? 1 : samples
    const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch, normalizer: RAW })
    const execution = await load(program, openReference())
    const wanted = readArray(join(folder, file)).data
    const got = new Float32Array(wanted.length)
    for (let first = 0; first < samples; first += batch) {
      const xs = graph.inputs.map(({ shape }, i) => {
        const size = batch * elements(shape)
        const from = (first / batch) * size
        return tensor('float32', [batch, ...shape], arrays[i].data.slice(from, from + size))
      })
      const y = await execution.run(xs)
      got.set(y.data, (first / batch) * y.data.length)
    }
    await execution.dispose()
    const most = MOST_ERROR[name]
    if (most === undefined) expect(sqnrDb(wanted, got)).toBeGreaterThanOrEqual(LEAST_SQNR[name] ?? 100)
    else for (const [i, value] of wanted.entries()) expect(Math.abs(value - got[i])).toBeLessThanOrEqual(most)
  })
})
