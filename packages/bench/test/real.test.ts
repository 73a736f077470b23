import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  elements,
  load,
  lower,
  modelOf,
  openReference,
  sqnrDb,
  tensor,
  type KernelDevice,
  type Shape,
} from '@octet/core'
import { blockersOf, importOnnx } from '@octet/onnx'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import wasm from '../../kernels-wasm/dist/index.js'

// Models as their authors publish them, with one set of inputs and ONNX Runtime's outputs: see the folder's README.

const FOLDER = join(import.meta.dirname, '../../../../shared/onnx-real')
const LONG = process.env['OCTET_TESTS'] === 'long'
const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
/** Models that take kernels-wasm a second and more. */
const SLOW: ReadonlySet<string> = new Set(['light-resnet50', 'super-resolution-10'])
/** Models that take the reference less than a second. */
const SMALL: ReadonlySet<string> = new Set(
  'atmega-mnist mnist-8 oww-alexa oww-hey_rhasspy tfl-hello-sine mnist-quantized'.split(' '),
)
const LEAST_SQNR = 100
/** Recurrent models. */
const LEAST_SQNR_OF: Readonly<Record<string, number>> = { 'silero-v5': 80 }
/** The largest error where the output is rounding noise. */
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

/** A device, and whether the first tier runs a model on it; the long tier runs all. */
const DEVICES: readonly (readonly [
  name: string,
  open: () => Promise<KernelDevice>,
  first: (model: string) => boolean,
])[] = [
  ['kernels-wasm', openWasm, (model) => !SLOW.has(model)],
  ['the reference', async () => openReference(), (model) => SMALL.has(model)],
]

async function openWasm(): Promise<KernelDevice> {
  const opened = await wasm.open({ runtime: 'node', adapter: 'auto' })
  if ('unavailable' in opened) throw new Error(opened.unavailable)
  return opened
}

test.skipIf(models.length === 0)('what is no network is refused by name (skipped without ../shared)', () => {
  const bytes = readFileSync(join(FOLDER, 'tree-ensemble/model_fp32.onnx'))
  expect(() => importOnnx(bytes)).toThrow('TreeEnsembleClassifier')
  expect(blockersOf(bytes)).toHaveLength(1)
})

describe.skipIf(models.length === 0).each(DEVICES)(
  'models of others on %s (skipped without ../shared)',
  (_, open, first) => {
    let device: KernelDevice

    beforeAll(async () => {
      device = await open()
    })
    afterAll(() => device.dispose())

    it.each(models.filter((name) => LONG || first(name)))(
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
          for (let start = 0; start < samples; start += batch) {
            const xs = graph.inputs.map(({ shape }, i) => {
              const size = elements(shape)
              return tensor('float32', [batch, ...shape], data[i].slice(start * size, (start + batch) * size))
            })
            const y = await execution.run(xs)
            got.set(y.data, (start / batch) * y.data.length)
          }
          await execution.dispose()
          const most = MOST_ERROR[name]
          if (most === undefined)
            expect(sqnrDb(wanted, got), output).toBeGreaterThanOrEqual(LEAST_SQNR_OF[name] ?? LEAST_SQNR)
          else
            for (const [i, value] of wanted.entries())
              expect(Math.abs(value - got[i])).toBeLessThanOrEqual(most)
        }
      },
    )
  },
)
