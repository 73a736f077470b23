import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { elements, load, lower, modelOf, sqnrDb, tensor, type KernelDevice, type Shape } from '@octet/core'
import { importOnnx } from '@octet/onnx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import wasm from '../../kernels-wasm/dist/index.js'

// Models as their authors publish them, with one set of inputs and ONNX Runtime's outputs: see the folder's README.

const FOLDER = join(import.meta.dirname, '../../../../shared/onnx-real')
const LONG = process.env['OCTET_TESTS'] === 'long'
const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
/** Models that take a second and more. */
const SLOW: ReadonlySet<string> = new Set(['light-resnet50', 'super-resolution-10'])
const LEAST_SQNR = 100
/** Its output is rounding noise: about 1e-5, of which half a unit in the last place of a Sigmoid is left. */
const MOST_ERROR: Readonly<Record<string, number>> = { 'ppocr-v4-det': 2e-7 }

interface Tensors {
  readonly name: string
  readonly shape: Shape
  readonly file: string
}

/** The values of an NPY file of float32 in C order, as the folder has them. */
function valuesOf(path: string): Float32Array {
  const bytes = readFileSync(path)
  const start = bytes.byteOffset + 10 + bytes.readUInt16LE(8)
  return new Float32Array(bytes.buffer.slice(start, bytes.byteOffset + bytes.length))
}

const models = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter(
      (name) => name !== 'tree-ensemble' && existsSync(join(FOLDER, name, 'io.json')),
    )
  : []

describe.skipIf(models.length === 0)('models of others on kernels-wasm (skipped without ../shared)', () => {
  let device: KernelDevice

  beforeAll(async () => {
    const opened = await wasm.open({ runtime: 'node', adapter: 'auto' })
    if ('unavailable' in opened) throw new Error(opened.unavailable)
    device = opened
  })
  afterAll(() => device.dispose())

  it.each(models.filter((name) => LONG || !SLOW.has(name)))(
    '%s computes all outputs as ONNX Runtime does, and no op falls back',
    async (name) => {
      const folder = join(FOLDER, name)
      const bytes = readFileSync(join(folder, 'model_fp32.onnx'))
      const io = JSON.parse(readFileSync(join(folder, 'io.json'), 'utf8')) as {
        inputs: readonly Tensors[]
        outputs: readonly Tensors[]
      }
      const inputOf = (input: string): Tensors => io.inputs.find((one) => one.name === input)!
      // A state is whole in each sample; the other inputs have the samples along their first axis.
      const sampleOf = (input: string): Shape => inputOf(input).shape.slice(input === 'state' ? 0 : 1)
      const set = new Map(name === 'silero-v5' ? [['sr', { shape: [], values: [16_000] }]] : [])
      for (const { name: output, file } of io.outputs) {
        const graph = importOnnx(bytes, { output, set, sampleOf })
        const data = graph.inputs.map((input) => valuesOf(join(folder, inputOf(input.name).file)))
        const samples = data[0].length / elements(graph.inputs[0].shape)
        const batch = graph.batch === 'one' ? 1 : samples
        const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch, normalizer: RAW })
        const execution = await load(program, device)
        expect(execution.fallbackOps).toEqual([])
        const wanted = valuesOf(join(folder, file))
        const got = new Float32Array(wanted.length)
        for (let first = 0; first < samples; first += batch) {
          const xs = graph.inputs.map(({ shape }, i) => {
            const size = elements(shape)
            return tensor('float32', [batch, ...shape], data[i].slice(first * size, (first + batch) * size))
          })
          const y = await execution.run(xs)
          got.set(y.data, (first / batch) * y.data.length)
        }
        await execution.dispose()
        const most = MOST_ERROR[name]
        if (most === undefined) expect(sqnrDb(wanted, got), output).toBeGreaterThanOrEqual(LEAST_SQNR)
        else
          for (const [i, value] of wanted.entries())
            expect(Math.abs(value - got[i])).toBeLessThanOrEqual(most)
      }
    },
  )
})
