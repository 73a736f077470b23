import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  AFFINE_INT8,
  answerOf,
  Calibration,
  lower,
  modelOf,
  OctetError,
  SYMMETRIC_INT8,
  type FloatModel,
  type QuantizedModel,
} from '@octet/core'
import { describe, expect, it } from 'vitest'
import { batchOf, openWorkload, sizeOf, type Workload } from '../../src/index.ts'
import { countCorrect } from '../accuracy.ts'

const FOLDER = join(import.meta.dirname, '../../../../../shared/cases')

/**
 * What expected.json beside a case says, as far as it is numbers: `first_outputs` are ONNX Runtime's on the first
 * samples.
 */
interface Expected {
  readonly right: string
  readonly shape?: readonly [number, number]
  readonly first_outputs?: readonly number[]
  readonly int8?: {
    readonly step: number
    readonly 'per-tensor': readonly (readonly number[])[]
    readonly 'per-channel': readonly (readonly number[])[]
  }
}

/** Cases that may be refused until more of ONNX is read. */
const REFUSABLE: ReadonlySet<string> = new Set([
  'external-data',
  'fp16-keep-io',
  'hswish-torch',
  'leaky',
  'opset22',
  'softmax11-rank4',
])
/** Cases whose nodes mix samples: refused once, they take one sample at a time. */
const ONE_AT_A_TIME: ReadonlySet<string> = new Set(['free-batch-reshape1', 'gemm-row-bias'])
/** Cases without expected.json that are wrong on purpose. */
const WRONG: ReadonlySet<string> = new Set(['npy-scale0', 'bn-zero-eps', 'npy-nan-calib'])

const names = existsSync(FOLDER)
  ? readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))
  : []
const expectedOf = (name: string): Expected | undefined => {
  const path = join(FOLDER, name, 'expected.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Expected) : undefined
}
const withExpected = names.filter((name) => expectedOf(name) !== undefined)

/** The workload, or why its folder is refused. */
async function openCase(name: string): Promise<Workload | OctetError> {
  return openWorkload(join(FOLDER, name)).catch((error: unknown) => {
    if (error instanceof OctetError) return error
    throw error
  })
}

/** One line that names a file of the case. */
function expectOneLine({ message }: OctetError, name: string): void {
  expect(message).toContain(join(FOLDER, name))
  expect(message).not.toContain('\n')
  expect(message.length).toBeLessThan(500)
}

/** The line for a model: its file, one of its nodes, a remedy. */
function expectNodeAndRemedy(error: OctetError, name: string): void {
  expectOneLine(error, name)
  expect(error.message).toMatch(/model_fp32\.onnx: \w+ "[^"]+": /u)
  expect(error.mend).toBeTruthy()
}

function firstOutputs(model: FloatModel | QuantizedModel, workload: Workload, count: number): Float32Array {
  const { normalizer, evaluation } = workload
  return answerOf(lower(model, { batch: count, normalizer }), batchOf(evaluation, 0, count))
}

describe.skipIf(names.length === 0)('cases from the field (skipped without ../shared)', () => {
  it.each(withExpected)('%s gives what it says, or is refused where it may be', async (name) => {
    const { right, shape, first_outputs: first } = expectedOf(name)!
    const opened = await openCase(name)
    if (ONE_AT_A_TIME.has(name)) {
      if (opened instanceof OctetError) expectOneLine(opened, name)
      else expect(opened.graph.batch).toBe('one')
      return
    }
    if (opened instanceof OctetError) {
      const [, says] = /^refused[^"]*"([^"]+)"/u.exec(right) ?? []
      if (!right.startsWith('refused') && !REFUSABLE.has(name))
        expect.fail(`${opened.message}; right is: ${right}`)
      expectNodeAndRemedy(opened, name)
      if (says !== undefined) expect(`${opened.message}. ${opened.mend}`).toContain(says)
      return
    }
    expect(right).not.toMatch(/^refused/u)
    if (first !== undefined && shape !== undefined) {
      const rows = Math.floor(first.length / shape[1])
      const outputs = firstOutputs({ precision: 'fp32', model: modelOf(opened.graph) }, opened, rows)
      const largest = Math.max(...first.map(Math.abs))
      for (const [i, output] of outputs.entries())
        expect(Math.abs(output - first[i])).toBeLessThanOrEqual(1e-5 * largest)
    }
    if (opened.classes.length > 0) expect(await countCorrect(opened)).toBe(opened.evaluation.y.length)
  })

  const inIntegers = withExpected.filter((name) => expectedOf(name)!.int8 !== undefined)
  for (const name of inIntegers)
    it(`${name} is in INT8 what its oracle says, within a step`, async () => {
      const { right, int8 } = expectedOf(name)!
      const opened = await openCase(name)
      if (opened instanceof OctetError) throw opened
      const { calibration, normalizer, graph } = opened
      const calibrating = new Calibration(modelOf(graph), normalizer, [
        batchOf(calibration, 0, sizeOf(calibration)),
      ])
      for (const granularity of ['per-tensor', 'per-channel'] as const) {
        const configuration = {
          calibration: 'minmax',
          activations: AFFINE_INT8,
          weights: { ...SYMMETRIC_INT8, granularity },
        } as const
        const quantized = await calibrating.quantize(configuration).catch((error: unknown) => {
          if (error instanceof OctetError && right.includes(`${granularity}: outputs within 1 step of`))
            return error
          throw error
        })
        if (quantized instanceof OctetError) {
          expect(right).toContain('or a line that')
          expect(quantized.message).toContain('bias')
          continue
        }
        const rows = int8![granularity]
        const outputs = firstOutputs(quantized, opened, rows.length)
        const worst = Math.max(...rows.flat().map((value, i) => Math.abs(outputs[i] - value)))
        expect(worst).toBeLessThanOrEqual(1.01 * int8!.step)
      }
    })

  it.each(names.filter((name) => !withExpected.includes(name) && !WRONG.has(name)))(
    '%s keeps passing, or its refusal stays clear',
    async (name) => {
      const opened = await openCase(name)
      if (opened instanceof OctetError) expectOneLine(opened, name)
      else expect(await countCorrect(opened)).toBe(opened.evaluation.y.length)
    },
  )
})
