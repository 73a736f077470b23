import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { answerOf, elements, lower, modelOf, tensor, type FloatModel, type QuantizedModel } from '@octet/core'
import { describe, expect, test } from 'vitest'
import { importOnnx, importQuantizedOnnx } from '../src/index.ts'
import { floatsOf } from './qdq.ts'

const folder =
  process.env['OCTET_GOLDEN'] ?? fileURLToPath(new URL('../../../../shared/golden', import.meta.url))
const manifest = `${folder}/onnx/manifest.json`

const ARRAYS = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
}

interface Encoded {
  readonly dtype: keyof typeof ARRAYS
  readonly shape: readonly number[]
  readonly b64: string
}

interface Case {
  readonly name: string
  readonly model: string
  readonly inputs: Readonly<Record<string, Encoded>>
  readonly outputs: Readonly<Record<string, Encoded>>
}

const { cases } = existsSync(manifest)
  ? (JSON.parse(readFileSync(manifest, 'utf8')) as { cases: readonly Case[] })
  : { cases: [] }
const all = cases.flatMap((one) =>
  Object.keys(one.outputs).map((output): [name: string, output: string, one: Case] => [
    one.name,
    output,
    one,
  ]),
)
/** A constant that depends on no input is no graph: y of the same model is computed from it. */
const CONSTANT = 'dequantizelinear_int4_blocked wd'
/** Outputs of sums of floats; all others are exact. */
const FLOAT_SUMS = /^(fp32_convnet|dequantizelinear_int4_blocked)$/

const computed = all.filter(([name, output]) => `${name} ${output}` !== CONSTANT)

describe.skipIf(all.length === 0)("ONNX Runtime's recorded models (skipped without ../shared/golden)", () => {
  test.each(computed)('%s yields %s', (name, output, one) => {
    const got = answer({ precision: 'fp32', model: modelOf(importOnnx(...read(one, output))) }, one)
    // Of a float model the rounding of sums moves what is behind it, less than a step of a grid.
    const isExact = !FLOAT_SUMS.test(name) && !(name.startsWith('qdq') && output === 'y')
    for (const [i, want] of decode(one.outputs[output]).data.entries())
      if (isExact) expect(got[i]).toEqual(want)
      else expect(Math.abs(got[i] - want)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(want)))
  })

  const grids = computed.filter(([name]) => /^(qdq|qlinear)/.test(name))
  test.each(grids)('%s yields %s in integers', (_, output, one) => {
    const model = importQuantizedOnnx(...read(one, output))!
    expect(answer(model, one)).toEqual(decode(one.outputs[output]).data)
    expect(model.weights.size).toBeGreaterThan(0)
    // What is left in floats makes numbers of the integers at the model's own ends.
    const ends = [...Object.keys(one.inputs), output]
    for (const layer of floatsOf(model) ?? [])
      expect(ends.some((end) => layer.startsWith(end) || layer.startsWith(`${output}.`))).toBe(true)
  })

  const rest = computed.filter(([name]) =>
    /^(fp32|matmulinteger|convinteger|dynamic|quantizelinear)/.test(name),
  )
  test.each(rest)('%s has no layer in integers for %s', (_, output, one) => {
    expect(importQuantizedOnnx(...read(one, output))).toBeUndefined()
  })
})

function read(one: Case, output: string): Parameters<typeof importOnnx> {
  const sampleOf = (input: string): readonly number[] => one.inputs[input].shape.slice(1)
  return [new Uint8Array(readFileSync(`${folder}/onnx/${one.model}`)), { output, sampleOf }]
}

function answer(source: FloatModel | QuantizedModel, one: Case): Float32Array {
  const { inputs, batch } = source.model.graph
  const { data } = decode(one.inputs[inputs[0].name])
  const count = batch === 'one' ? 1 : data.length / elements(inputs[0].shape)
  const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
  const program = lower(source, { batch: count, normalizer })
  const size = count * elements(inputs[0].shape)
  const answers = Array.from({ length: data.length / size }, (_, i) =>
    answerOf(program, tensor('float32', [count, ...inputs[0].shape], data.slice(i * size, (i + 1) * size))),
  )
  return Float32Array.from(answers.flatMap((values) => Array.from(values)))
}

function decode({ dtype, b64 }: Encoded) {
  const { buffer } = Uint8Array.from(Buffer.from(b64, 'base64'))
  return { data: Float32Array.from(new ARRAYS[dtype](buffer)) }
}
