import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { answerOf, lower, modelOf, OctetError, tensor } from '@octet/core'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'

const folder = process.env.OCTET_GOLDEN ?? fileURLToPath(new URL('../../../golden', import.meta.url))

interface Encoded {
  shape: number[]
  b64: string
}

/** Models with quantized operators: they wait for QDQ import, and until then are refused by the name of an operator. */
const QUANTIZED = [
  'qdq_u8s8_perchannel',
  'qdq_s8s8_pertensor',
  'qlinearconv_u8_perchannel',
  'qlinearconv_s8_perchannel',
  'qlinearconv_u8_depthwise',
  'qlinearconv_u8_dilated',
  'qlinearmatmul_u8s8_percol',
  'matmulinteger',
  'convinteger',
]

describe('recorded ONNX Runtime models', () => {
  const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(`${folder}/onnx/${name}.onnx`))

  test('fp32_convnet yields the recorded output', () => {
    const { cases } = JSON.parse(readFileSync(`${folder}/onnx/manifest.json`, 'utf8')) as {
      cases: { name: string; inputs: Record<string, Encoded>; outputs: Record<string, Encoded> }[]
    }
    const { inputs, outputs } = cases.find(({ name }) => name === 'fp32_convnet')!
    const [[x], [y]] = [inputs, outputs].map((named) => Object.values(named).map(decode))
    const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
    const model = modelOf(importOnnx(bytesOf('fp32_convnet')))
    const program = lower({ precision: 'fp32', model }, { batch: x.shape[0], normalizer })
    const answer = answerOf(program, x)
    expect(answer.length).toBe(y.data.length)
    for (const [i, want] of y.data.entries())
      expect(Math.abs(answer[i] - want)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(want)))
  })

  test.each(QUANTIZED)('%s is refused by name', (name) => {
    expect(() => importOnnx(bytesOf(name))).toThrow(OctetError)
    expect(() => importOnnx(bytesOf(name))).toThrow(/Linear|Integer|input/)
  })
})

function decode({ shape, b64 }: Encoded) {
  const bytes = Uint8Array.from(Buffer.from(b64, 'base64'))
  return tensor('float32', shape, new Float32Array(bytes.buffer))
}
