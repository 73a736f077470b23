import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { answerOf, lower, modelOf, OctetError, tensor } from '@octet/core'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'

const folder = process.env.OCTET_GOLDEN ?? fileURLToPath(new URL('../../../golden', import.meta.url))

interface Encoded {
  dtype: 'float32' | 'uint8' | 'int8' | 'int32'
  shape: number[]
  b64: string
}

/** Models with quantized operators on integers alone, which are refused by the name of an operator. */
const QUANTIZED = [
  'qlinearconv_u8_perchannel',
  'qlinearconv_s8_perchannel',
  'qlinearconv_u8_depthwise',
  'qlinearconv_u8_dilated',
  'qlinearmatmul_u8s8_percol',
]

describe('recorded ONNX Runtime models', () => {
  const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(`${folder}/onnx/${name}.onnx`))

  test.each(['fp32_convnet', 'qdq_u8s8_perchannel', 'qdq_s8s8_pertensor', 'matmulinteger', 'convinteger'])(
    '%s yields the recorded output',
    (model) => {
      const { cases } = JSON.parse(readFileSync(`${folder}/onnx/manifest.json`, 'utf8')) as {
        cases: { name: string; inputs: Record<string, Encoded>; outputs: Record<string, Encoded> }[]
      }
      const { inputs, outputs } = cases.find(({ name }) => name === model)!
      const [[x], [y]] = [inputs, outputs].map((named) => Object.values(named).map(decode))
      const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
      const graph = importOnnx(bytesOf(model))
      const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: x.shape[0], normalizer })
      const answer = answerOf(program, x)
      expect(answer.length).toBe(y.data.length)
      for (const [i, want] of y.data.entries())
        expect(Math.abs(answer[i] - want)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(want)))
    },
  )

  test.each(QUANTIZED)('%s is refused by name', (name) => {
    expect(() => importOnnx(bytesOf(name))).toThrow(OctetError)
    expect(() => importOnnx(bytesOf(name))).toThrow(/Linear|Integer|input/)
  })
})

function decode({ dtype, shape, b64 }: Encoded) {
  const { buffer } = Uint8Array.from(Buffer.from(b64, 'base64'))
  const numbers = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array, int32: Int32Array }[dtype]
  return tensor('float32', shape, Float32Array.from(new numbers(buffer)))
}
