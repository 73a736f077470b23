import { expect, test } from 'vitest'
import { sealed } from '../src/certificate/certificate.ts'
import { Comparison, type Differing, type Verdict } from '../src/certificate/verdict.ts'
import { verdictInWords } from '../src/show/verification.ts'

const equal: Verdict = {
  runtime: 'runtime 1.0',
  holds: true,
  vectors: 2,
  tensors: { compared: 3, equal: 3, left: 0 },
  integers: 30,
  unproven: [],
  output: null,
  differing: [],
}
const differing = (tensor: string, kind: Differing['kind'], most: number): Differing => ({
  tensor,
  op: 'Add',
  kind,
  vectors: 1,
  elements: 4,
  most,
})

test('a runtime whose output differs by rounding is not said to compute what the certificate says', () => {
  expect(verdictInWords(equal)).toContain('runtime 1.0 computes the certified integers')
  const words = verdictInWords({
    ...equal,
    tensors: { compared: 3, equal: 1, left: 0 },
    output: { ...differing('y', 'behind', 0.092129), op: 'output' },
    differing: [differing('sum', 'rounded', 1), differing('next', 'behind', 2)],
  })
  expect(words.split('\n')).toEqual([
    'runtime 1.0 rounds otherwise where ONNX leaves the rounding open: output "y" is up to 0.0921 away ' +
      'for 1 of 2 inputs',
    'inside of the model 1 of 3 tensors are equal for 2 inputs, 30 integers compared',
    '"sum" (Add) differs for 1 input: 4 elements, by at most 1 step; ONNX leaves the rounding of this op open',
    '1 tensor behind these differs too: 4 elements, by at most 2 steps',
  ])
})

test('where only the output differs, the answer names the tensors that make it equal as outputs', () => {
  const outside: Verdict = {
    ...equal,
    holds: false,
    tensors: { compared: 3, equal: 3, left: 0 },
    output: { ...differing('y', 'wrong', 0.5), op: 'output' },
  }
  expect(verdictInWords(outside)).toContain('the tensors inside do not show where')
  expect(verdictInWords({ ...outside, joined: [{ tensor: 'sum', op: 'Add', readBy: [] }] })).toContain(
    'the output is equal where "sum" (Add) is an output too: otherwise the runtime joins its layer with ' +
      'that of the output',
  )
})

test('the largest difference is found in an output of more numbers than a call takes arguments', () => {
  const size = 400_000
  const expected = new Float32Array(size).fill(1)
  const certificate = sealed({
    octet: '0.0.0',
    model: { name: 'large', sha256: '0'.repeat(64), bytes: 1 },
    vectors: { count: 1, of: 'evaluation', sha256: '0'.repeat(64) },
    inputs: [],
    output: {
      name: 'y',
      shape: [size],
      exact: false,
      from: [],
      data: Buffer.from(expected.buffer).toString('base64'),
    },
    tensors: [],
    left: 0,
  })
  const comparison = new Comparison(certificate)
  comparison.add(new Map([['y', expected.with(size - 1, 3)]]), undefined)
  expect(comparison.verdict('runtime 1.0').output).toMatchObject({ kind: 'wrong', elements: 1, most: 2 })
})
