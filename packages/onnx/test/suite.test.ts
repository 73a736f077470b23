import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { answerOf, elements, lower, modelOf, OctetError, tensor, type Graph } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { ModelProtoSchema, TensorProtoSchema } from '../src/generated/onnx_pb.ts'
import { readConstant } from '../src/import/constant.ts'
import { ExternalData } from '../src/import/external.ts'
import { importOnnx } from '../src/index.ts'

/**
 * ONNX's own conformance suite: the folder that holds `node`, `simple`, `pytorch-converted` and `pytorch-operator`.
 * Debian's package libonnx-testdata installs one of version 1.12.
 */
const SUITE = process.env['OCTET_ONNX_SUITE'] ?? '/usr/lib/python3/dist-packages/onnx/backend/test/data'
const PARTS = ['node', 'simple', 'pytorch-converted', 'pytorch-operator']
/**
 * The tests that are refused, by the number of tests that the suite has: 1,072 in version 1.12, 1,905 in 1.22. They may
 * only become fewer: OCTET_ONNX_SUITE_UPDATE=1 writes them again.
 */
const REFUSALS = join(import.meta.dirname, 'fixtures/onnx-suite.json')

/** The tolerances of ONNX's own runner. */
const RELATIVE = 1e-3
const ABSOLUTE = 1e-7

interface Value {
  readonly shape: readonly number[]
  readonly values: readonly number[]
  readonly float: boolean
  /** The number of the data type. */
  readonly type: number
}

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

const tests = PARTS.filter((part) => existsSync(join(SUITE, part))).flatMap((part) =>
  readdirSync(join(SUITE, part))
    .map((name) => join(part, name))
    .filter((name) => existsSync(join(SUITE, name, 'model.onnx'))),
)

function valueOf(path: string): Value {
  const proto = fromBinary(TensorProtoSchema, readFileSync(path))
  const read = readConstant(proto, path, new ExternalData(undefined))
  const type = proto.dataType
  return read.kind === 'float'
    ? { shape: read.tensor.shape, values: [...read.tensor.data], float: true, type }
    : { shape: read.shape, values: Array.from(read.values, Number), float: false, type }
}

/** The graph's own answer to the data of its inputs. */
function answer(graph: Graph, data: ReadonlyMap<string, Value>): Float32Array {
  const samples = graph.inputs.map(({ name, shape }) => {
    const { values } = data.get(name)!
    const count = values.length / Math.max(1, elements(shape))
    return tensor('float32', [count, ...shape], Float32Array.from(values))
  })
  const batch = samples[0].shape[0]
  const source = { precision: 'fp32', model: modelOf(graph) } as const
  return answerOf(lower(source, { batch, normalizer: NORMALIZER }), samples)
}

/** How a test ends: undefined where all of its outputs are right. @throws OctetError where the model is refused. */
function run(name: string): string | undefined {
  const folder = join(SUITE, name)
  const bytes = readFileSync(join(folder, 'model.onnx'))
  const { graph } = fromBinary(ModelProtoSchema, bytes)
  const stored = new Set(graph!.initializer.map((one) => one.name))
  const inputs = graph!.input.filter((one) => !stored.has(one.name)).map((one) => one.name)
  for (const set of readdirSync(folder).filter((one) => one.startsWith('test_data_set'))) {
    const data = new Map(
      inputs.map((input, i) => [input, valueOf(join(folder, set, `input_${i}.pb`))] as const),
    )
    for (const { name: input, type } of graph!.input)
      if (data.has(input) && data.get(input)!.type !== type?.tensorType?.elemType)
        throw new OctetError(`${input}: the data is of another type than the model says`)
    for (const [i, output] of graph!.output.entries()) {
      const expected = valueOf(join(folder, set, `output_${i}.pb`))
      const actual = computed(bytes, output.name, data)
      if (actual.length !== expected.values.length) return `${output.name} has ${actual.length} values`
      const wrong = expected.values.findIndex((value, at) => !isNear(actual[at], value))
      if (wrong >= 0)
        return `${output.name}: value ${wrong} is ${actual[wrong]}, not ${expected.values[wrong]}`
    }
  }
  return undefined
}

/**
 * Integers that a model reads are constants to Octet; floats are samples, or constants beside the first of them. Of
 * integers alone the first are samples.
 */
function computed(bytes: Uint8Array, output: string, data: ReadonlyMap<string, Value>): Float32Array {
  const [first] = [...data].find(([, { float }]) => float) ?? []
  const choices = [
    new Map([...data].filter(([, { float }]) => !float)),
    new Map([...data].filter(([name]) => name !== first)),
    new Map([...data].slice(1)),
  ]
  let refusal: unknown
  for (const set of choices)
    try {
      const sampleOf = (name: string): readonly number[] | undefined => data.get(name)?.shape
      return answer(importOnnx(bytes, { output, set, sampleOf }), data)
    } catch (error) {
      if (!(error instanceof OctetError)) throw error
      refusal ??= error
    }
  throw refusal
}

function isNear(actual: number, expected: number): boolean {
  if (Object.is(actual, expected) || actual === expected) return true
  if (Number.isNaN(expected)) return Number.isNaN(actual)
  return Math.abs(actual - expected) <= ABSOLUTE + RELATIVE * Math.abs(expected)
}

describe.skipIf(tests.length === 0)(
  "ONNX's conformance suite (skipped without OCTET_ONNX_SUITE or Debian's libonnx-testdata)",
  () => {
    it('has no wrong result, and refuses no more than the committed list says', () => {
      const refused: Record<string, string> = {}
      const wrong: string[] = []
      let passed = 0
      for (const name of tests)
        try {
          const fault = run(name)
          if (fault === undefined) passed++
          else wrong.push(`${name}: ${fault}`)
        } catch (error) {
          if (error instanceof OctetError) refused[name] = error.message.slice(0, 120)
          else
            wrong.push(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
        }
      expect(wrong).toEqual([])
      const lists = JSON.parse(readFileSync(REFUSALS, 'utf8')) as Partial<Record<string, readonly string[]>>
      const names = Object.keys(refused).toSorted()
      if (process.env['OCTET_ONNX_SUITE_UPDATE'] !== undefined)
        writeFileSync(REFUSALS, `${JSON.stringify({ ...lists, [tests.length]: names }, null, 1)}\n`)
      const known = lists[tests.length]
      if (known === undefined) return
      const unknown = names.filter((name) => !known.includes(name))
      expect(unknown.map((name) => `${name}: ${refused[name]}`)).toEqual([])
      expect(known.filter((name) => !names.includes(name))).toEqual([])
      expect(passed).toBe(tests.length - known.length)
    })
  },
)
