import { expect, test } from 'vitest'
import type { Differing, Verdict } from '../src/certificate/verdict.ts'
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
    'runtime 1.0 rounds otherwise where ONNX leaves the rounding open: output "y" is up to 0.0921 away for 1 of 2 inputs',
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
    'the output is equal where "sum" (Add) is an output too: otherwise the runtime joins its layer with that of the output',
  )
})
