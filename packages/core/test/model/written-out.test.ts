import { describe, expect, test } from 'vitest'
import { modelOf } from '../../src/model/layers.ts'
import type { Graph } from '../../src/model/graph.ts'
import type { Node } from '../../src/ops/list.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { interpret } from './interpret.ts'

/** `output = op input input`, one a line; numbers are constants, and a Clip has its bounds behind its input. */
function graphOf(text: string): Graph {
  const initializers = new Map<string, Tensor<'float32'>>()
  const operand = (word: string): string => {
    if (Number.isNaN(Number(word))) return word
    initializers.set(`c${word}`, tensor('float32', [], Float32Array.of(Number(word))))
    return `c${word}`
  }
  const nodes = text
    .trim()
    .split('\n')
    .map((line): Node => {
      const [output, , op, ...words] = line.trim().split(' ')
      const isClip = op === 'Clip'
      const inputs = (isClip ? words.slice(0, 1) : words).map(operand)
      const attributes = isClip ? { min: Number(words[1]), max: Number(words[2]) } : null
      return { op, name: `${op} ${output}`, inputs, output, attributes } as unknown as Node
    })
  return {
    name: 'written out',
    inputs: [{ name: 'x', shape: [3, 5] }],
    output: nodes.at(-1)!.output,
    nodes,
    initializers,
  }
}

const X = {
  shape: [2, 3, 5],
  data: Float64Array.from({ length: 30 }, (_, i) => Math.fround(((i * 37) % 60) / 6 - 5)),
}
const ROOT = Math.SQRT2
const BY = Math.fround(1 / ROOT)
const SLOPE = Math.fround(Math.sqrt(2 / Math.PI))

const WRITTEN: readonly (readonly [title: string, op: string, text: string])[] = [
  [
    'by erf, halved last',
    'Gelu',
    `u = Div x ${ROOT}\n e = Erf u\n s = Add e 1\n m = Mul x s\n y = Mul m 0.5`,
  ],
  ['by erf, halved first', 'Gelu', `h = Mul x 0.5\n u = Mul ${BY} x\n e = Erf u\n s = Add 1 e\n y = Mul h s`],
  [
    'by erf, the gate halved',
    'Gelu',
    `u = Div x ${ROOT}\n e = Erf u\n s = Add e 1\n g = Div s 2\n y = Mul x g`,
  ],
  [
    'by tanh, of a Pow',
    'Gelu',
    `p = Pow x 3\n k = Mul p 0.044715\n a = Add x k\n u = Mul a ${SLOPE}\n t = Tanh u\n s = Add t 1\n h ` +
      `= Mul x 0.5\n y = Mul h s`,
  ],
  [
    'by tanh, x outside',
    'Gelu',
    `q = Mul x x\n k = Mul 0.044715 q\n a = Add 1 k\n v = Mul x ${SLOPE}\n u = Mul v a\n t = Tanh u\n s ` +
      `= Add 1 t\n m = Mul s x\n y = Mul m 0.5`,
  ],
  ['', 'Swish', 's = Sigmoid x\n y = Mul s x'],
  ['of a multiple', 'Swish', 'u = Mul x 1.702\n s = Sigmoid u\n y = Mul x s'],
  ['divided last', 'HardSwish', 'a = Add x 3\n c = Clip a 0 6\n m = Mul x c\n y = Div m 6'],
  ['divided first', 'HardSwish', `a = Add 3 x\n c = Clip a 0 6\n d = Div c 6\n y = Mul d x`],
  ['multiplied', 'HardSwish', `a = Add x 3\n c = Clip a 0 6\n d = Mul c ${Math.fround(1 / 6)}\n y = Mul x d`],
  ['by a Min of a Relu', 'HardSwish', 'a = Add x 3\n r = Relu a\n c = Min r 6\n m = Mul c x\n y = Div m 6'],
  ['', 'HardSigmoid', 'a = Add x 3\n c = Clip a 0 6\n y = Div c 6'],
  ['', 'Softplus', 'e = Exp x\n a = Add e 1\n y = Log a'],
  ['', 'Mish', 's = Softplus x\n t = Tanh s\n y = Mul x t'],
  ['with its Softplus', 'Mish', 'e = Exp x\n a = Add 1 e\n l = Log a\n t = Tanh l\n y = Mul t x'],
]

describe('a function that is written out', () => {
  test.each(WRITTEN)('%s: it is one %s, which computes the same', (_, op, text) => {
    const graph = graphOf(text)
    const { graph: joined } = modelOf(graph)
    expect(joined.nodes.map((node) => node.op)).toEqual([op])
    const [before, after] = [graph, joined].map((one) => interpret(one, X).data)
    for (const [i, value] of before.entries()) expect(Math.abs(after[i] - value)).toBeLessThan(2e-6)
  })

  test.each([
    ['another number', 'u = Div x 1.5\n e = Erf u\n s = Add e 1\n m = Mul x s\n y = Mul m 0.5', 'Gelu'],
    ['another half', `u = Div x ${ROOT}\n e = Erf u\n s = Add e 1\n m = Mul x s\n y = Mul m 0.4`, 'Gelu'],
    ['another tensor', 'r = Tanh x\n s = Sigmoid r\n y = Mul x s', 'Swish'],
    ['a part that is read again', 's = Sigmoid x\n m = Mul s x\n y = Add m s', 'Swish'],
    ['another bound', 'a = Add x 3\n c = Clip a 0 5\n m = Mul x c\n y = Div m 6', 'HardSwish'],
  ])('stays as it is with %s', (_, text, op) => {
    const graph = graphOf(text)
    const { graph: kept } = modelOf(graph)
    expect(kept.nodes.map((node) => node.op)).not.toContain(op)
    const [before, after] = [graph, kept].map((one) => interpret(one, X).data)
    for (const [i, value] of before.entries()) expect(Math.abs(after[i] - value)).toBeLessThan(2e-6)
  })
})
